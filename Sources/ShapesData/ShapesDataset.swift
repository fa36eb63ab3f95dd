import Foundation
public import ImageCoding

/// The embedded data set: pictures composed by the program, with exact ground truth for four tasks.
///
/// Image `i` shows one large object, whose shape is its class, beside up to two smaller ones. Every shape is made of a
/// material of its own, a pattern in two hues. From the same scene come
///
///     train/<class>/shapes-000001.jpg              classification: one folder a class; also plain images to pretrain on
///     val/<class>/shapes-000801.jpg
///     annotations/train/<class>/shapes-000001.png  label maps, 8 bits: 0 = ignored (does not occur), 1 = background,
///     annotations/val/…                            2… = the shapes; at the image's own path below `annotations`
///     annotations/.nomedia                         keeps the label maps from being listed as images
///     classes.txt                                  line n names label n
///     instances_train.json, instances_val.json     COCO instances: boxes and masks of the pixels in sight
///     shapes.json                                  the parameters, written last: without it the data set is unfinished
///
/// With other channels than three, or 16 bits, images are `.tif`. Materials reflect in further channels by smooth spectra,
/// alike within a class.
///
/// The last images are the validation part; within each part the classes are equally frequent to within one image.
/// The same parameters give the same files, whatever the number of workers.
public struct ShapesDataset: Sendable {
  /// What a data set depends on.
  public struct Config: Codable, Hashable, Sendable {
    /// Training and validation images together.
    public var images = 2000
    /// Size of every image in pixels.
    public var width = 96
    /// Height of every image in pixels.
    public var height = 96
    /// Another seed gives other images.
    public var seed: UInt64 = 0
    /// Share of the images kept for validation, at least one image when it is above 0.
    public var validationShare = 0.2
    /// Shapes that occur, in the order of their labels.
    public var classes = ShapeClass.allCases
    /// Channels of every image, 1 to 16: red, green, blue, and further ones.
    public var channels = 3
    /// Bits of a sample, 8 or 16. Images of three channels of 8 bits are JPEG, all others TIFF.
    public var bits = 8

    /// The default data set.
    public init() {}

    /// Whether images are photographs as every program reads them.
    var arePhotographs: Bool { channels == 3 && bits == 8 }
  }

  /// Which part of the data set an image is in; the name of its folder.
  public enum Split: String, CaseIterable, Sendable {
    /// Images to learn from.
    case train
    /// Images to measure on.
    case validation = "val"
  }

  /// Label of the ground in label maps; 0 is left for "ignored", as in ADE20k.
  public static let backgroundLabel: UInt8 = 1

  /// What it was made from.
  public let config: Config

  /// Checks the parameters.
  ///
  /// - Throws: `ShapesError.invalid` when one is out of range.
  public init(config: Config = Config()) throws(ShapesError) {
    func require(_ condition: Bool, _ problem: String) throws(ShapesError) {
      if !condition { throw .invalid(problem) }
    }
    try require(config.images >= 1, "images is \(config.images); it must be at least 1")
    for (name, side) in [("width", config.width), ("height", config.height)] {
      try require(16...16384 ~= side, "\(name) is \(side); it must be between 16 and 16384")
    }
    try require(
      config.validationShare >= 0 && config.validationShare < 1,
      "validationShare is \(config.validationShare); it must be at least 0 and less than 1")
    try require(!config.classes.isEmpty, "classes is empty; name at least one shape")
    try require(Set(config.classes).count == config.classes.count, "classes names a shape twice")
    try require(1...16 ~= config.channels, "channels is \(config.channels); it must be between 1 and 16")
    try require([8, 16].contains(config.bits), "bits is \(config.bits); it must be 8 or 16")
    self.config = config
  }

  /// Indices of the images of `split`.
  public func indices(of split: Split) -> Range<Int> {
    var held = Int((Double(config.images) * config.validationShare).rounded())
    if config.validationShare > 0 { held = min(max(held, 1), config.images - 1) }
    let boundary = config.images - held
    return split == .train ? 0..<boundary : boundary..<config.images
  }

  /// Class of image `index`.
  public func mainShape(of index: Int) -> ShapeClass { config.classes[index % config.classes.count] }

  /// Path of image `index` below the data set's folder.
  public func imagePath(of index: Int) -> String { path(of: index) + (config.arePhotographs ? ".jpg" : ".tif") }

  /// Path of the label map of image `index` below the data set's folder.
  public func labelMapPath(of index: Int) -> String { "annotations/" + path(of: index) + ".png" }

  /// Draws image `index` in red, green and blue of 8 bits, without touching a disk.
  public func render(_ index: Int) -> ShapesRendering {
    scene(index).render(width: config.width, height: config.height)
  }

  /// Draws image `index` in the data set's channels and bits, without touching a disk.
  public func samples(_ index: Int) -> SampleImage {
    scene(index).samples(width: config.width, height: config.height, channels: config.channels, bits: config.bits)
  }

  private func scene(_ index: Int) -> ShapesScene {
    ShapesScene(
      seed: config.seed, index: index, mainShape: mainShape(of: index), otherShapes: config.classes,
      aspectRatio: Double(config.width) / Double(config.height))
  }

  /// COCO's category of `shape`, from 1; its label is one more.
  public func category(of shape: ShapeClass) -> Int { (config.classes.firstIndex(of: shape) ?? -1) + 1 }

  /// Label map of a drawn image, row by row.
  public func labelMap(of rendering: ShapesRendering) -> [UInt8] {
    rendering.labelMap(background: Self.backgroundLabel) { UInt8(category(of: $0)) + Self.backgroundLabel }
  }

  private func path(of index: Int) -> String {
    let split: Split = indices(of: .train).contains(index) ? .train : .validation
    let number = String(index + 1)
    let padding = String(repeating: "0", count: max(0, 6 - number.count))
    return "\(split.rawValue)/\(mainShape(of: index).rawValue)/shapes-\(padding)\(number)"
  }
}
