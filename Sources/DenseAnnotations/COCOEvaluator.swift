import ImageData

/// COCO's average precision and recall of detections, as pycocotools computes them (cocodataset/cocoapi, cocoeval.py).
///
/// One difference: pycocotools takes a match with an annotation of id 0 for none; here it is a match.
public struct COCOEvaluator: Sendable {
  /// What is compared.
  public let kind: COCOResults.Kind
  /// What was to be found.
  public let dataset: COCODataset

  private let truths: [Truth]
  /// Indices of `truths` by class, and within a class by image, in the file's order within that.
  private let truthOrder: GroupedOrder

  /// What is to be found, ready to be compared.
  struct Truth: Sendable {
    let image: Int
    let shape: Shape
    let area: Double
    let isCrowd: Bool
  }

  /// What is compared: a box, or a mask with its box and area at hand.
  enum Shape: Sendable {
    case box(BoundingBox)
    case mask(RunLengthMask, box: BoundingBox, area: Int)

    init(mask: RunLengthMask) {
      self = .mask(mask, box: mask.boundingBox, area: mask.area)
    }

    func intersectionOverUnion(_ truth: Shape, isCrowd: Bool) -> Double {
      switch (self, truth) {
      case (.box(let box), .box(let other)): return box.intersectionOverUnion(other, isCrowd: isCrowd)
      case (.mask(let mask, let box, let area), .mask(let other, let otherBox, let otherArea)):
        guard box.intersectionOverUnion(otherBox) > 0 else { return 0 }
        let intersection = mask.intersectionArea(other)
        guard intersection > 0 else { return 0 }
        return Double(intersection) / Double(isCrowd ? area : area + otherArea - intersection)
      default: preconditionFailure("one evaluator compares one kind")
      }
    }
  }

  /// Prepares the truth.
  ///
  /// - Throws: `DatasetError` when masks are to be compared and an annotation has none.
  public init(_ dataset: COCODataset, _ kind: COCOResults.Kind) throws {
    self.dataset = dataset
    self.kind = kind
    truths = try dataset.annotations.map { annotation in
      let shape: Shape
      switch kind {
      case .boxes: shape = .box(annotation.box)
      case .masks:
        guard let mask = dataset.mask(of: annotation) else {
          throw DatasetError(
            "\(dataset.url.path): annotation \(annotation.id) has no segmentation, so only boxes can be evaluated")
        }
        shape = Shape(mask: mask)
      }
      return Truth(image: annotation.image, shape: shape, area: annotation.area, isCrowd: annotation.isCrowd)
    }
    truthOrder = GroupedOrder(count: truths.count, groupCount: dataset.categories.count) {
      dataset.annotations[$0].category
    }
  }

  /// Compares detections with the truth.
  ///
  /// Those of an image count by score, those of equal score in the order given.
  ///
  /// - Throws: `DatasetError` for a detection whose score is not finite, whose mask is missing or of another size than its
  ///   image; for an image or category that is not the data set's, too.
  public func evaluate(_ detections: [COCODetection]) throws -> COCOEvaluation {
    for detection in detections { try check(detection) }
    let byImage = GroupedOrder(count: detections.count, groupCount: dataset.images.count) { detections[$0].image }
    let order = GroupedOrder(byImage.indices, groupCount: dataset.categories.count) { detections[$0].category }
    var evaluation = COCOEvaluation(categories: dataset.categories)
    var matcher = DetectionMatcher()
    for category in dataset.categories.indices {
      let matches = match(truthOrder.indices(of: category), order.indices(of: category), detections, &matcher)
      evaluation.accumulate(matches, category: category)
    }
    return evaluation
  }

  /// Matches all of one class, image by image.
  private func match(
    _ truthIndices: ArraySlice<Int>, _ detectionIndices: ArraySlice<Int>, _ detections: [COCODetection],
    _ matcher: inout DetectionMatcher
  ) -> CategoryMatches {
    var matches = CategoryMatches()
    matches.reserve(detectionIndices.count)
    var (truthsLeft, detectionsLeft) = (truthIndices, detectionIndices)
    while !truthsLeft.isEmpty || !detectionsLeft.isEmpty {
      let image = min(
        truthsLeft.first.map { truths[$0].image } ?? .max, detectionsLeft.first.map { detections[$0].image } ?? .max)
      let here = truthsLeft.prefix { truths[$0].image == image }
      let found = detectionsLeft.prefix { detections[$0].image == image }
      truthsLeft = truthsLeft.dropFirst(here.count)
      detectionsLeft = detectionsLeft.dropFirst(found.count)
      let best = found.sorted { left, right in
        let (score, other) = (detections[left].score, detections[right].score)
        return score > other || (score == other && left < right)
      }.prefix(COCOEvaluation.detectionLimits.last!)
      matcher.match(
        truths: here.map { truths[$0] },
        candidates: best.map { DetectionMatcher.Candidate(detections[$0], kind) }, into: &matches)
    }
    return matches
  }

  private func check(_ detection: COCODetection) throws {
    guard dataset.images.indices.contains(detection.image), dataset.categories.indices.contains(detection.category)
    else {
      throw DatasetError(
        "a detection is of image number \(detection.image) and class \(detection.category), which are not "
          + "both among the \(dataset.images.count) images and \(dataset.categories.count) classes of \(dataset.url.path)"
      )
    }
    let image = dataset.images[detection.image]
    guard detection.score.isFinite else { throw DatasetError("a score in \(image.fileName) is not finite") }
    guard kind == .masks else { return }
    guard let mask = detection.mask else {
      throw DatasetError("what was found in \(image.fileName) has no mask, so only boxes can be evaluated")
    }
    guard mask.height == image.height, mask.width == image.width else {
      throw DatasetError(
        "a mask found in \(image.fileName) is \(mask.width) x \(mask.height) and the image \(image.width) x \(image.height)"
      )
    }
  }
}
