import SplitMaskCore

extension ImageDataset {
  /// A part of the images that has every class, in this data set's order. Images without classes are as of one.
  ///
  /// Which images are in depends on the seed and their class alone, so it is the same for every method; of one seed, a
  /// smaller part lies within a larger one. Each class that has images keeps at least one.
  ///
  /// - Throws: `InvalidSetting` with the key `labels` for more images than there are, or fewer than classes.
  public func balancedSubset(_ amount: LabelAmount, seed: UInt64) throws -> ImageDataset {
    let classes = imagesByClass()
    switch amount {
    case .fraction(let share):
      return chosen(classes, counts: classes.map { Int((share * Double($0.count)).rounded()) }, seed: seed)
    case .total(let total):
      let present = classes.count { !$0.isEmpty }
      guard total >= present else {
        throw InvalidSetting("labels", "\(total) images cannot show all of \(present) classes; use at least \(present)")
      }
      guard total <= count else {
        throw InvalidSetting("labels", "\(total) images are asked for, but there are only \(count)")
      }
      return chosen(classes, counts: Self.evenCounts(total, of: classes.map(\.count)), seed: seed)
    }
  }

  /// A part with the same number of images of every class, or all of a class that has fewer. Images without classes are
  /// as of one.
  ///
  /// - Throws: `InvalidSetting` with the key `labels` below 1.
  public func balancedSubset(perClass number: Int, seed: UInt64) throws -> ImageDataset {
    guard number > 0 else { throw InvalidSetting("labels", "\(number) images a class are none; use 1 or more") }
    let classes = imagesByClass()
    return chosen(classes, counts: classes.map { _ in number }, seed: seed)
  }

  private func imagesByClass() -> [[Int]] {
    guard !classNames.isEmpty else { return [Array(0..<count)] }
    var classes = [[Int]](repeating: [], count: classNames.count)
    for image in 0..<count { classes[Int(label(of: image)!)].append(image) }
    return classes
  }

  private func chosen(_ classes: [[Int]], counts: [Int], seed: UInt64) -> ImageDataset {
    let indices = zip(classes, counts).enumerated().flatMap { label, entry in
      let (images, wanted) = entry
      var generator = SeededGenerator(seed: seed, index: label, purpose: .labelSubset)
      return generator.permutation(count: images.count).prefix(max(wanted, 1)).map { images[$0] }
    }
    return subset(indices.sorted())
  }

  /// Shares a number out evenly; what small classes cannot give goes to the others, a remainder to the largest.
  private static func evenCounts(_ total: Int, of sizes: [Int]) -> [Int] {
    var counts = [Int](repeating: 0, count: sizes.count)
    var open = sizes.indices.filter { sizes[$0] > 0 }.sorted { (sizes[$0], $0) < (sizes[$1], $1) }[...]
    var rest = total
    // From the smallest class on, each can give its even share of what is left or all that it has.
    while let label = open.popFirst() {
      counts[label] = min(sizes[label], rest / (open.count + 1))
      rest -= counts[label]
    }
    return counts
  }
}
