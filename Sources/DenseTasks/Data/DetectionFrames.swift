public import DenseAnnotations
public import Foundation
public import ImageData
public import ImageLoading
import ImageTransforms
public import SplitMaskCore
import VisionModels

/// Images of a COCO file to learn from, each in a random part and size with the objects on it.
public struct DetectionFrames: FrameSource {
  private let dataset: COCODataset
  private let images: [Int]
  private let augmentation: DetectionAugmentation
  private let hasMasks: Bool
  private let divisor: Int

  /// - Parameters:
  ///   - dataset: the annotations.
  ///   - images: which of the file's images, in the loader's order.
  ///   - augmentation: how images are scaled and flipped.
  ///   - hasMasks: whether objects have their masks.
  ///   - patchSize: the encoder's; masks are padded as its images are.
  public init(
    _ dataset: COCODataset, images: [Int], augmentation: DetectionAugmentation, hasMasks: Bool, patchSize: Int = 16
  ) {
    self.dataset = dataset
    self.images = images
    self.augmentation = augmentation
    self.hasMasks = hasMasks
    divisor = DenseImages.sideDivisor(patchSize: patchSize)
  }

  /// As large as the augmentation makes them.
  public var pixelLimit: Int { augmentation.pixelLimit }

  /// - Throws: `DatasetError` when the image is of another size than the COCO file says.
  public func frame(
    of image: Int, width: Int, height: Int, using generator: inout SeededGenerator
  ) throws -> Frame {
    try dataset.checkSize(ofImage: images[image], width: width, height: height)
    let placement = augmentation.draw(width: width, height: height, using: &generator)
    return Frame(placement, annotation: .objects(target(images[image], placement)))
  }

  /// The objects on a frame: no crowds, nothing of less than a pixel, and of the rest what the frame shows.
  private func target(_ image: Int, _ placement: FramePlacement) -> DetectionTarget {
    var (boxes, labels, masks) = ([Box](), [Int](), [Bitmap]())
    for annotation in dataset.annotations(ofImage: image) {
      guard annotation.isLearned else { continue }
      let box = placement.box(annotation.box)
      guard box.width > 0, box.height > 0 else { continue }
      boxes.append(box)
      labels.append(annotation.category)
      if hasMasks, let mask = dataset.mask(of: annotation) { masks.append(bitmap(mask, placement)) }
    }
    return DetectionTarget(boxes: boxes, labels: labels, masks: hasMasks ? masks : nil)
  }

  /// A mask on a frame with the padding of its own.
  private func bitmap(_ mask: RunLengthMask, _ placement: FramePlacement) -> Bitmap {
    let (width, height) = (placement.window.width, placement.window.height)
    func padded(_ side: Int) -> Int { (side + divisor - 1) / divisor * divisor }
    let shown = placement.nearest(mask.bitmap(), rowLength: mask.width)
    var result = Bitmap(height: padded(height), width: padded(width))
    for row in 0..<height {
      let start = row * result.width
      result.pixels.replaceSubrange(start..<start + width, with: shown[row * width..<(row + 1) * width])
    }
    return result
  }
}

extension FramePlacement {
  /// The part of a box that the frame shows, in the frame's pixels; without area where it shows none.
  func box(_ box: BoundingBox) -> Box {
    let edges = [x(box.left), x(box.left + box.width)]
    return Box(
      left: Float(edges.min()!), top: Float(y(box.top)), right: Float(edges.max()!),
      bottom: Float(y(box.top + box.height))
    ).clipped(width: Float(window.width), height: Float(window.height))
  }
}

extension COCODataset.Annotation {
  /// Whether training shows it: no crowds, and nothing of less than a pixel (mmdetection 2.11, `coco.py`).
  var isLearned: Bool { !isCrowd && box.width >= 1 && box.height >= 1 }
}

extension COCODataset {
  /// The shortest side of images to learn from (mmdetection 2.11, `coco.py`).
  public static let leastTrainingSide = 32

  /// The files of some of the images below a folder, in the order given.
  ///
  /// - Parameters:
  ///   - indices: Which images.
  ///   - folder: Where they lie.
  ///   - channelFiles: The pattern of the names of files that hold one channel of an image each, as `ImageDataset` takes it;
  ///     `file_name` is then that of the first channel. Nil takes every file for an image.
  /// - Throws: `DatasetError`.
  public func files(ofImages indices: [Int], in folder: URL, channelFiles: String? = nil) throws -> ImageDataset {
    guard channelFiles != nil else {
      return try ImageDataset(files: indices.map { images[$0].relativePath }, in: folder.path)
    }
    let all = try ImageDataset(paths: [folder.path], channelFiles: channelFiles)
    let places = Dictionary(
      (0..<all.count).map { (all.relativeName(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    return all.subset(
      try indices.map { index in
        let name = images[index].relativePath
        if let place = places[name] { return place }
        throw DatasetError(
          """
          \(url.path): '\(name)' is the first channel of no image in \(folder.path), as \(all.relativeName(of: 0)) is; write the \
          name of an image's first channel as its file_name
          """
        )
      })
  }

  /// The images to learn from: none with a side below `leastSide`, and without `emptyImages` none without an object.
  public func trainingImages(leastSide: Int = leastTrainingSide, emptyImages: Bool) -> [Int] {
    images.indices.filter { index in
      let image = images[index]
      guard min(image.width, image.height) >= leastSide else { return false }
      return emptyImages || annotations(ofImage: index).contains { !$0.isCrowd }
    }
  }

  /// - Throws: `DatasetError` when an image is of another size than the file says.
  func checkSize(ofImage index: Int, width: Int, height: Int) throws {
    let listed = images[index]
    guard listed.width == width, listed.height == height else {
      throw DatasetError(
        "\(listed.fileName) is \(width) x \(height) pixels, and \(url.path) says \(listed.width) x \(listed.height): "
          + "its boxes would be elsewhere")
    }
  }
}
