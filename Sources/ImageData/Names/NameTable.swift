/// Many names in one block of bytes: a million of them cost their letters and eight bytes each.
///
/// Names are bytes, because a file's name need not be valid UTF-8 and must open again as it was found.
struct NameTable: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  var count: Int { ends.count }

  subscript(index: Int) -> ArraySlice<UInt8> {
    bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  /// Appends all names of another table, which is taken over where there are none yet.
  mutating func append(contentsOf other: NameTable) {
    if count == 0 { return self = other }
    let offset = bytes.count
    bytes += other.bytes
    ends += other.ends.lazy.map { $0 + offset }
  }

  mutating func append(_ name: some Collection<UInt8>) {
    bytes.append(contentsOf: name)
    ends.append(bytes.count)
  }
}
