import ImageCoding
import ImageData
import SplitMaskCore

/// What label maps give a segmenter to learn from: the pixels of each class, counted in some of the maps.
public struct LabelSurvey: Hashable, Sendable {
  /// How many maps were looked at.
  public private(set) var mapCount = 0
  /// How many maps there are.
  public let totalCount: Int
  /// How many pixels store each value.
  public private(set) var pixelsOfValue = [Int](repeating: 0, count: 256)
  /// How many pixels are of each class.
  public private(set) var pixels: [Int]
  /// In how many maps each class occurs.
  public private(set) var maps: [Int]

  fileprivate init(classCount: Int, totalCount: Int) {
    self.totalCount = totalCount
    pixels = [Int](repeating: 0, count: classCount)
    maps = pixels
  }

  /// Whether every map was looked at.
  public var isComplete: Bool { mapCount == totalCount }

  /// The stored values that occur, rising.
  var values: [UInt8] { (0...UInt8.max).filter { pixelsOfValue[Int($0)] > 0 } }

  /// How many pixels were looked at.
  public var pixelCount: Int { pixelsOfValue.reduce(0, +) }

  /// How many classes occur.
  var classesFound: Int { pixels.count { $0 > 0 } }

  fileprivate mutating func add(_ map: LabelMap, label: (UInt8) throws -> UInt8) rethrows {
    var counts = [Int](repeating: 0, count: 256)
    map.values.withUnsafeBufferPointer { values in
      counts.withUnsafeMutableBufferPointer { counts in for value in values { counts[Int(value)] += 1 } }
    }
    var found = [Int](repeating: 0, count: pixels.count)
    for value in 0...UInt8.max where counts[Int(value)] > 0 {
      let label = try label(value)
      if label != SegmentationMetrics.ignoredLabel { found[Int(label)] += counts[Int(value)] }
    }
    for value in counts.indices { pixelsOfValue[value] += counts[value] }
    for label in found.indices where found[label] > 0 {
      pixels[label] += found[label]
      maps[label] += 1
    }
    mapCount += 1
  }
}

extension ADEFolder {
  /// Maps and pixels that are enough where they show at least two classes.
  private static let enough = (maps: 256, pixels: 200_000_000)
  /// Maps and pixels after which the search for a second class is given up.
  private static let most = (maps: 4096, pixels: 2_000_000_000)

  /// Counts what there is to learn from, in a random sample of the maps where there are many; which maps those are depends
  /// on their number only.
  ///
  /// - Throws: `DatasetError` for a map that cannot be used.
  public func survey() throws -> LabelSurvey {
    var survey = LabelSurvey(classCount: classNames.count, totalCount: pairs.count)
    var generator = SeededGenerator(seed: 0, purpose: .order)
    for index in generator.permutation(count: pairs.count) {
      let limit = survey.classesFound > 1 && !looksZeroBased(survey) ? Self.enough : Self.most
      guard survey.mapCount < limit.maps, survey.pixelCount < limit.pixels else { break }
      WorkProgress.report(
        "counting the classes of label maps", done: survey.mapCount, total: min(pairs.count, limit.maps))
      let map = try storedLabels(index)
      try survey.add(map) { try label(of: $0, in: index) }
      // An image that cannot be read is passed over in training too.
      if let header = try? imageHeader(index) { try check(map, of: index, width: header.width, height: header.height) }
    }
    return survey
  }

  /// Whether the values seem to be classes from 0 on: 0 and all classes but the last occur, and the last does not.
  private func looksZeroBased(_ survey: LabelSurvey) -> Bool {
    labelMap == .oneBased && survey.pixelsOfValue[0] > 0 && survey.pixels.last == 0
      && survey.pixels.dropLast().allSatisfy { $0 > 0 }
  }

  /// Checks that there is something to be told apart.
  ///
  /// - Parameters:
  ///   - survey: the values that occur.
  ///   - isMappingGiven: whether somebody has said what the values stand for, so that it need not be doubted.
  /// - Throws: `DatasetError`, with the option that helps, where less than two classes occur, or where 0, which is ignored,
  ///   seems to be the first class.
  public func checkLearnable(_ survey: LabelSurvey, isMappingGiven: Bool) throws {
    let names = classNames
    guard survey.classesFound < 2 else {
      guard !isMappingGiven, looksZeroBased(survey) else { return }
      throw DatasetError(
        """
        \(place): the label maps hold 0, which is ignored, and 1 to \(names.count - 1), but never \(names.count), the last \
        class, '\(names[names.count - 1])'\(survey.extent). If 0 is the first class, '\(names[0])', say --zero-based; if 0 \
        is to be ignored, say --label-map one-based
        """)
    }
    let found = survey.pixels.firstIndex { $0 > 0 }.map { "all pixels that count are of one class, '\(names[$0])'" }
    throw DatasetError(
      """
      \(place) has nothing to learn from: the label maps hold \(survey.shares)\(survey.extent), and \
      \(found ?? "all of that is ignored"). A segmenter tells classes apart. \(advice(survey.values))
      """)
  }

  /// Checks that something can be measured.
  ///
  /// - Throws: `DatasetError` where every pixel is ignored.
  public func checkMeasurable(_ survey: LabelSurvey) throws {
    guard survey.classesFound == 0 else { return }
    throw DatasetError(
      """
      \(place) has nothing to be judged by: the label maps hold \(survey.shares)\(survey.extent), and all of that is \
      ignored. \(advice(survey.values))
      """)
  }

  /// What to do about values that leave nothing to learn from.
  private func advice(_ values: [UInt8]) -> String {
    guard labelMap == .oneBased, values.count > 1 else {
      return "Change what the values stand for (--label-map, now \(labelMap)), or the label maps"
    }
    // Beside two values or more, 255 is most likely what does not count.
    let values = values.count > 2 ? values.filter { $0 != SegmentationMetrics.ignoredLabel } : values
    let isCounted = values.elementsEqual(0..<UInt8(values.count))
    let lists = classNames.count < values.count
    let list = lists ? "List \(values.count) classes, such as background and object, and say " : "Say "
    let pairs = values.enumerated().map { "\($1): \($0 + 1)" }.joined(separator: ", ")
    let others = "which value stands for which class (0 ignores it)"
    return isCounted
      ? "\(list)--zero-based if 0 is the first class" : "\(list)--label-map \"\(pairs)\", \(others)"
  }

  private var place: String { pairs[0].annotation.deletingLastPathComponent().path }
}

extension LabelSurvey {
  /// Of how many maps, where not of all.
  fileprivate var extent: String { isComplete ? "" : " (in \(mapCount) of \(totalCount) of them)" }

  /// The most frequent values with their shares: `0 (97 %) and 255 (3 %)`.
  fileprivate var shares: String {
    let frequent = values.sorted { pixelsOfValue[Int($0)] > pixelsOfValue[Int($1)] }.prefix(4)
    let texts = frequent.map { value in
      let percent = 100 * Double(pixelsOfValue[Int(value)]) / Double(pixelCount)
      return "\(value) (\(percent < 1 ? "below 1" : "\(Int(percent.rounded()))") %)"
    }
    let rest = values.count > frequent.count ? ["\(values.count - frequent.count) more values"] : []
    let all = texts + rest
    return all.count < 2 ? "nothing but \(all.joined())" : all.dropLast().joined(separator: ", ") + " and " + all.last!
  }
}
