import Foundation
public import ImageCoding
public import ImageData
public import ImageTransforms
import SplitMaskCore

/// What augmentation makes of a dozen images, as a page: each whole, then some of the views that training would see.
///
/// The views come from the loader that training has, one epoch after the other.
public struct AugmentationPreview {
  private static let imageLimit = 12
  /// The longest side of a whole image on the page.
  private static let wholeSide = 192

  private let images: ImageDataset
  private let loader: DataLoader
  private let pixels: PixelNormalization
  private let augmentation: Augmentation.Config
  private let size: ViewConfiguration.Size
  private let draws: Int

  /// Takes a dozen images, evenly over a data set.
  ///
  /// - Parameters:
  ///   - images: the data set.
  ///   - pixels: which channels, and on which scale.
  ///   - augmentation: what is drawn, and how often.
  ///   - size: the encoder's view.
  ///   - draws: views of each image.
  ///   - seed: where every random draw comes from.
  /// - Throws: `InvalidSetting` for settings out of range, `DatasetError` for a data set without images.
  public init(
    of images: ImageDataset, pixels: PixelNormalization, augmentation: Augmentation.Config,
    size: ViewConfiguration.Size, draws: Int = 6, seed: UInt64 = 0
  ) throws {
    try augmentation.validate()
    let count = min(Self.imageLimit, images.count)
    self.images = images.subset((0..<count).map { $0 * images.count / count })
    self.pixels = pixels
    self.augmentation = augmentation
    self.size = size
    self.draws = draws
    loader = try DataLoader(
      dataset: self.images, batchSize: max(1, count), views: ViewConfiguration(encoder: size, pixels: pixels),
      transform: .training(augmentation), seed: seed, workers: 0, dropLast: false)
  }

  /// The page.
  ///
  /// - Throws: `DatasetError` where most images cannot be read, `ImageError` when memory runs out.
  public func html() throws -> String {
    let views = try views()
    let rows = try (0..<images.count).compactMap { index in
      try whole(index).map { whole in
        PictureRow(
          title: images.relativeName(of: index),
          pictures: [(whole, "whole")] + views[index].enumerated().map { ($1, "draw \($0 + 1)") })
      }
    }
    let skipped = loader.skipped.map(\.description)
    return HTMLPage.document(
      title: "Augmentation preview",
      sections: ["<h1>What training sees</h1>", introduction]
        + (skipped.isEmpty ? [] : ["<h2>Unreadable</h2>", HTMLPage.list(skipped)])
        + [try rows.map { try $0.html() }.joined(separator: "\n")]
        + ["<h2>Settings</h2>", HTMLPage.table(["setting", "value"], settings)])
  }

  /// The views of each image; fewer of those that cannot be read.
  private func views() throws -> [[PixelImage]] {
    var views = [[PixelImage]](repeating: [], count: images.count)
    for epoch in 0..<draws {
      let batches = loader.batches(epoch: epoch)
      while let batch = try batches.next() {
        // An image that cannot be read is replaced by another, which then comes twice.
        for (row, image) in batch.indices.enumerated() where views[image].count <= epoch {
          views[image].append(batch.views[0].picture(of: row))
        }
      }
    }
    return views
  }

  /// The whole image; nil where it cannot be read.
  private func whole(_ index: Int) throws -> PixelImage? {
    let image = try? images.withBytes(of: index) {
      try DecodedImage(EncodedImage(bytes: $0), as: pixels, scratch: RenderScratch())
    }
    return try image?.reduced(to: Self.wholeSide).picture(pixels)
  }

  private var introduction: String {
    let shown = pixels.compositeText ?? "8-bit red, green and blue"
    let ignored =
      pixels.format == nil ? augmentation.settingsForSamples : augmentation.settingsForPhotographs
    let names = ignored.map { "augmentation.\($0)" }.joined(separator: ", ").escapedForHTML
    let notice = ignored.isEmpty ? [] : ["<p class=\"notice\">Without effect on such images: \(names)</p>"]
    let facts = HTMLPage.facts([
      ("view", "\(size.width) × \(size.height) pixels"),
      ("channels shown", shown + (pixels.channelCount > 3 ? ", of \(pixels.channelCount) channels" : "")),
    ])
    return ([facts] + notice).joined(separator: "\n")
  }

  /// Each setting of the augmentation, as it is typed, and its value.
  private var settings: [[String]] {
    let value = (try? JSONEncoder().encode(augmentation)).flatMap {
      try? JSONDecoder().decode(SettingValue.self, from: $0)
    }
    return value?.rows("augmentation") ?? []
  }
}

/// A setting, or a group of them, for people.
private enum SettingValue: Decodable {
  case group([String: SettingValue])
  case value(String)

  init(from decoder: any Decoder) throws {
    if let group = try? [String: SettingValue](from: decoder) {
      self = .group(group)
    } else if let list = try? [Double](from: decoder) {
      self = .value(list.map { HumanReadable.number($0) }.joined(separator: " to "))
    } else if let flag = try? Bool(from: decoder) {
      self = .value("\(flag)")
    } else if let number = try? Double(from: decoder) {
      self = .value(HumanReadable.number(number))
    } else {
      self = .value(try String(from: decoder))
    }
  }

  func rows(_ name: String) -> [[String]] {
    switch self {
    case .group(let group): group.sorted { $0.key < $1.key }.flatMap { $0.value.rows("\(name).\($0.key)") }
    case .value(let text): [[name, text]]
    }
  }
}
