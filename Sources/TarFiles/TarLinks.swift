import DurableFiles

/// The links of a tar file: members that have another one's content.
struct TarLinks {
  private struct Link {
    let name: [UInt8]
    /// The path that it leads to inside the tar file.
    let target: [UInt8]
    /// How many members are in front of it.
    let place: Int
  }

  /// A chain of more links leads nowhere, as for the system.
  private static let longestChain = 40
  private static let slash = UInt8(ascii: "/")

  private var links: [Link] = []

  /// Notes a link in front of which `place` members lie.
  ///
  /// A hard link names a member; a symbolic one what lies there from its own folder.
  mutating func add(name: [UInt8], target: [UInt8], isSymbolic: Bool, after place: Int) {
    let folder = isSymbolic ? name.lastIndex(of: Self.slash).map { Array(name[..<$0]) } ?? [] : []
    // An absolute one leaves the file, and so stays as it is: no member's name begins with a slash here.
    let leaves = isSymbolic && target.first == Self.slash
    links.append(
      Link(name: name, target: leaves ? target : Self.normalized(BytePath.joined(folder, target)), place: place))
  }

  /// The members with the links among them, in the file's order; and the links that lead to no member.
  func resolved(
    among members: [TarShardIndex.Member]
  ) -> (members: [TarShardIndex.Member], lost: [TarShardIndex.LostLink]) {
    guard !links.isEmpty else { return (members, []) }
    let ranges = Dictionary(members.map { (Self.normalized($0.name), $0.range) }, uniquingKeysWith: { _, last in last })
    let targets = Dictionary(links.map { (Self.normalized($0.name), $0.target) }, uniquingKeysWith: { _, last in last })
    var all: [TarShardIndex.Member] = []
    var lost: [TarShardIndex.LostLink] = []
    var next = 0
    for link in links {
      all += members[next..<link.place]
      next = link.place
      if let range = Self.range(of: link.target, ranges, targets) {
        all.append(TarShardIndex.Member(name: link.name, range: range))
      } else {
        lost.append(TarShardIndex.LostLink(name: link.name, target: link.target))
      }
    }
    return (all + members[next...], lost)
  }

  private static func range(
    of target: [UInt8], _ ranges: [[UInt8]: Range<Int>], _ targets: [[UInt8]: [UInt8]]
  ) -> Range<Int>? {
    var place = target
    for _ in 0..<longestChain {
      if let range = ranges[place] { return range }
      guard let further = targets[place] else { return nil }
      place = further
    }
    return nil
  }

  /// Without `.` and, where the path has the folder, `..`.
  private static func normalized(_ path: [UInt8]) -> [UInt8] {
    var parts: [ArraySlice<UInt8>] = []
    for part in path.split(separator: slash) where !part.elementsEqual(".".utf8) {
      if part.elementsEqual("..".utf8), let last = parts.last, !last.elementsEqual("..".utf8) {
        parts.removeLast()
      } else {
        parts.append(part)
      }
    }
    return Array(parts.joined(separator: [slash]))
  }
}
