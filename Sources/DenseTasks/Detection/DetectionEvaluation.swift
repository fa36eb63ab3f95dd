public import DenseAnnotations
public import ImageCoding
public import ImageData
public import ImageLoading
import SplitMaskCore
public import Torch
import Training
package import VisionModels

/// Finds the objects on the images of a COCO file, and judges them as COCO does.
public struct DetectionEvaluation {
  /// COCO's twelve numbers. In JSON: `bbox`, and `segm` where there are masks.
  public struct Result: Codable, Hashable, Sendable {
    /// Of boxes.
    public let boxes: COCOSummary
    /// Of masks; nil where either side has none.
    public let masks: COCOSummary?
    /// The classes, in order.
    public let perClass: [Class]

    private enum CodingKeys: String, CodingKey {
      case boxes = "bbox"
      case masks = "segm"
      case perClass = "per_class"
    }

    /// One class's figures. In JSON: `name`, `objects`, `bbox_AP`, `segm_AP`.
    public struct Class: Codable, Hashable, Sendable {
      /// Its name.
      public let name: String
      /// How many of its objects were to be found, crowds left out.
      public let objects: Int
      /// Average precision of boxes over all overlaps, 0 to 1; nil where nothing was to be found.
      public let boxes: Double?
      /// The same of masks; nil where there are none, too.
      public let masks: Double?

      private enum CodingKeys: String, CodingKey {
        case name, objects
        case boxes = "bbox_AP"
        case masks = "segm_AP"
      }
    }
  }

  /// What is to be found.
  public let dataset: COCODataset
  private let pass: DetectionPass

  /// - Parameters:
  ///   - dataset: the annotations.
  ///   - images: the files of all of the COCO file's images, in its order.
  ///   - pixels: how the detector sees them.
  ///   - view: the size that images are shown in.
  ///   - batchSize: images in a batch.
  ///   - workers: threads that decode images.
  ///   - device: the device to compute on.
  ///   - precision: the type of the matrix products; nil is float32.
  ///   - share: the part of the images that this process looks at.
  /// - Throws: `DatasetError`.
  public init(
    of dataset: COCODataset, images: ImageDataset, pixels: PixelNormalization, view: DetectionPass.View,
    batchSize: Int, workers: Int, device: Device, precision: DType?, share: BatchShare = .whole
  ) throws {
    self.dataset = dataset
    pass = try DetectionPass(
      over: images, pixels: pixels, view: view, batchSize: batchSize, workers: workers, device: device,
      precision: precision, share: share)
  }

  /// Images that could not be read so far; nothing is found on them.
  public var skipped: [SkippedImage] { pass.skipped }

  /// Everything that is found, in pixels of the images, by image and falling score.
  ///
  /// - Parameters:
  ///   - detector: the detector, on its device.
  ///   - processes: who look at the other parts; everybody gets what all have found.
  /// - Throws: `DatasetError` when the detector has other classes than the file, most images cannot be read, or one is of
  ///   another size than listed.
  public func detect(_ detector: Detector, processes: ProcessGroup) throws -> [COCODetection] {
    try checkClasses(of: detector)
    var found: [COCODetection] = []
    var done = 0
    try pass.forEach(detector) { image, size, detections in
      try dataset.checkSize(ofImage: image, width: size.width, height: size.height)
      found += detections.map { $0.cocoDetection(image: image, size: size) }
      done += 1
      let total = dataset.images.count
      WorkProgress.report("evaluating test images", done: min(done * processes.size, total), total: total)
    }
    return processes.isAlone ? found : try processes.gathered(found).flatMap(\.self).sorted { $0.image < $1.image }
  }

  /// Judges what was found.
  ///
  /// - Throws: `DatasetError`.
  public func judge(_ found: [COCODetection], masks: Bool) throws -> Result {
    let boxes = try COCOEvaluator(dataset, .boxes).evaluate(found)
    let masks = masks && dataset.hasMasks ? try COCOEvaluator(dataset, .masks).evaluate(found) : nil
    var objects = [Int](repeating: 0, count: dataset.categories.count)
    for annotation in dataset.annotations where !annotation.isCrowd { objects[annotation.category] += 1 }
    let (boxesPerClass, masksPerClass) = (boxes.averagePrecisionPerCategory, masks?.averagePrecisionPerCategory)
    let classes = dataset.categories.indices.map {
      Result.Class(
        name: dataset.categories[$0].name, objects: objects[$0], boxes: boxesPerClass[$0], masks: masksPerClass?[$0])
    }
    return Result(boxes: boxes.summary, masks: masks?.summary, perClass: classes)
  }

  private func checkClasses(of detector: Detector) throws {
    let names = dataset.categories.map(\.name)
    guard names != detector.classNames else { return }
    throw DatasetError(
      "the detector finds \(detector.classNames.count) classes (\(detector.classNames.prefix(3).joined(separator: ", "))"
        + "…) and \(dataset.url.path) has \(names.count) (\(names.prefix(3).joined(separator: ", "))…): they must be the same"
    )
  }
}

extension Detection {
  /// The object as COCO has it, with its mask in the pixels of an image of that size.
  package func cocoDetection(image: Int, size: ImageSize) -> COCODetection {
    COCODetection(
      image: image, category: label, score: Double(score),
      box: BoundingBox(
        left: Double(box.left), top: Double(box.top), width: Double(box.width), height: Double(box.height)),
      mask: bitmap(height: size.height, width: size.width).map {
        RunLengthMask(bitmap: $0.pixels, height: size.height, width: size.width)
      })
  }
}
