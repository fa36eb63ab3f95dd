/// Indices ordered by group, those of one group in the order given.
struct GroupedOrder {
  /// The ordered indices.
  let indices: [Int]
  /// Where each group starts in `indices`, and their end.
  let starts: [Int]

  /// Orders 0 ..< `count`.
  init(count: Int, groupCount: Int, group: (Int) -> Int) {
    self.init(Array(0..<count), groupCount: groupCount, group: group)
  }

  /// Orders indices that are in another order already, which lasts within a group.
  init(_ ordered: [Int], groupCount: Int, group: (Int) -> Int) {
    var ends = [Int](repeating: 0, count: groupCount + 1)
    for index in ordered { ends[group(index) + 1] += 1 }
    for place in 0..<groupCount { ends[place + 1] += ends[place] }
    starts = ends
    var indices = [Int](repeating: 0, count: ordered.count)
    for index in ordered {
      indices[ends[group(index)]] = index
      ends[group(index)] += 1
    }
    self.indices = indices
  }

  /// The indices of one group.
  func indices(of group: Int) -> ArraySlice<Int> { indices[starts[group]..<starts[group + 1]] }
}
