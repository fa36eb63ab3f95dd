package import DenseAnnotations
import ImageData
import Training

/// What the objects of a COCO file give a detector to learn from, counted before it is trained.
package struct DetectionSurvey {
  private let dataset: COCODataset
  /// Images that are left out because a side is too short.
  private var smallImages = 0
  /// Images that are left out because they show no object.
  private var emptyImages = 0
  /// Objects that can be learned, class by class.
  private var objects: [Int]
  private var crowds = 0
  private var belowPixel = 0
  private var onImagesLeftOut = 0
  /// Objects that no anchor comes to match, among those that can be learned.
  private var belowAnchors = 0
  /// Boxes that reach beyond their image by more than rounding explains.
  private var beyondImage = 0

  /// Looks at every object.
  ///
  /// - Parameters:
  ///   - images: the images that are trained on.
  ///   - augmentation: how large they are seen.
  ///   - proposals: the anchors and how they are matched.
  /// - Throws: `DatasetError`, with what to do, when there is no image or no object to learn from.
  package init(
    _ dataset: COCODataset, images: [Int], augmentation: DetectionAugmentation, proposals: RegionProposalNetwork.Config
  ) throws {
    self.dataset = dataset
    objects = [Int](repeating: 0, count: dataset.categories.count)
    smallImages = dataset.images.count { min($0.width, $0.height) < COCODataset.leastTrainingSide }
    emptyImages = dataset.images.count - smallImages - images.count
    var isTrained = [Bool](repeating: false, count: dataset.images.count)
    for image in images { isTrained[image] = true }
    for image in dataset.images.indices {
      let annotations = dataset.annotations(ofImage: image)
      guard isTrained[image] else {
        onImagesLeftOut += annotations.count
        continue
      }
      let (width, height) = (dataset.images[image].width, dataset.images[image].height)
      let scale = augmentation.largestScale(width: width, height: height)
      for annotation in annotations {
        count(annotation, width: width, height: height, scale: scale, proposals: proposals)
      }
    }
    try check(imageCount: images.count)
  }

  private mutating func count(
    _ annotation: COCODataset.Annotation, width: Int, height: Int, scale: Double,
    proposals: RegionProposalNetwork.Config
  ) {
    guard !annotation.isCrowd else { return crowds += 1 }
    guard annotation.isLearned else { return belowPixel += 1 }
    let box = annotation.box
    objects[annotation.category] += 1
    if box.left + box.width > Double(width) + 2 || box.top + box.height > Double(height) + 2 { beyondImage += 1 }
    let isMatched = proposals.anchors.mayMatch(
      width: min(box.width, Double(width)) * scale, height: min(box.height, Double(height)) * scale,
      overlap: Double(proposals.matcher.lowestBestOverlap))
    if !isMatched { belowAnchors += 1 }
  }

  private var learned: Int { objects.reduce(0, +) }

  private func check(imageCount: Int) throws {
    let path = dataset.url.path
    guard imageCount > 0 else {
      throw DatasetError(
        "\(path): none of its \(dataset.images.count) images can be trained on: \(leftOut.joined(separator: ", "))")
    }
    guard learned > 0 else {
      throw DatasetError(
        "\(path) has nothing to learn from: of its \(dataset.annotations.count) objects, "
          + notLearned.joined(separator: ", "))
    }
    guard belowAnchors < learned else {
      throw DatasetError("\(path) has nothing to learn from: \(unmatched)")
    }
  }

  private var leftOut: [String] {
    [
      (smallImages, "with a side below \(COCODataset.leastTrainingSide) pixels (enlarge them, boxes too)"),
      (emptyImages, "with no object but crowds (--set data.emptyImages=true takes them)"),
    ].filter { $0.0 > 0 }.map { "\($0) \($1)" }
  }

  private var notLearned: [String] {
    [
      (crowds, "marked as crowds"), (belowPixel, "narrower or lower than a pixel"),
      (onImagesLeftOut, "on images that are left out"),
    ].filter { $0.0 > 0 }.map { "\($0) \($1)" }
  }

  private var unmatched: String {
    """
    \(belowAnchors) of \(learned) objects are smaller or longer than any anchor matches, even where training shows them \
    largest; larger augmentation.shortSides or a smaller detector.proposals.anchors.scale reaches small ones, \
    detector.proposals.anchors.ratios such as [0.1, 0.5, 1, 2, 10] long ones
    """
  }

  /// What a plan says.
  package var notes: [String] {
    var notes = ["\(learned) objects of \(objects.count) classes"]
    if !notLearned.isEmpty { notes.append("not learned: \(notLearned.joined(separator: ", "))") }
    if !leftOut.isEmpty { notes.append("images left out: \(leftOut.joined(separator: ", "))") }
    if belowAnchors > 0 { notes.append(unmatched) }
    if 2 * beyondImage > learned {
      notes.append(
        """
        \(beyondImage) of \(learned) boxes reach beyond their image: COCO's are [left, top, width, height], not \
        [left, top, right, bottom]
        """)
    }
    return notes + ClassCounts(dataset.categories.map(\.name), objects, of: "objects").notes
  }
}

extension AnchorGenerator {
  /// Whether a box may overlap an anchor that much, wherever both lie, at its size or somewhat smaller.
  ///
  /// Where boxes are centred on each other, no other place gives them a larger overlap. From level to level anchors double,
  /// so that an octave of sizes shows what fits; boxes beyond the largest anchor are cut by random parts, and may match.
  func mayMatch(width: Double, height: Double, overlap: Double) -> Bool {
    let anchors = strides.flatMap(baseAnchors)
    if width * height >= anchors.map({ Double($0.width * $0.height) }).max() ?? 0 { return true }
    return [1, 0.84, 0.71, 0.59, 0.5].contains { factor in
      let (width, height) = (width * factor, height * factor)
      return anchors.contains { anchor in
        let (anchorWidth, anchorHeight) = (Double(anchor.width), Double(anchor.height))
        let intersection = min(width, anchorWidth) * min(height, anchorHeight)
        return intersection >= overlap * (width * height + anchorWidth * anchorHeight - intersection)
      }
    }
  }
}
