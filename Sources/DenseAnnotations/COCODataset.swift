public import Foundation
public import ImageData

/// Images with boxes, and masks where they have them: COCO's instances, from one JSON file.
///
/// Classes are the file's categories, numbered from 0 by ascending id; images are in the order of their ids. Ids are whole
/// numbers or texts, and numbers come first.
public struct COCODataset: Sendable {
  /// An image, as the file describes it.
  public struct Image: Hashable, Sendable {
    /// Its id in the file.
    public let id: COCOIdentifier
    /// Its path below the folder of images.
    public let fileName: String
    /// Columns.
    public let width: Int
    /// Rows.
    public let height: Int

    /// Its path below the folder of images, also where the file has a slash in front of it.
    package var relativePath: String { String(fileName.drop { $0 == "/" }) }
  }

  /// What objects are called.
  public struct Category: Hashable, Sendable {
    /// Its id in the file.
    public let id: COCOIdentifier
    /// Its name.
    public let name: String
  }

  /// Which pixels an object covers, as the file describes it.
  public enum Segmentation: Hashable, Sendable {
    /// The union of polygons: x and y of each corner in turns.
    case polygons([[Double]])
    /// A mask.
    case runs(RunLengthMask)
  }

  /// An object, or a crowd of them.
  public struct Annotation: Hashable, Sendable {
    /// Its id in the file.
    public let id: COCOIdentifier
    /// The index of its image.
    public let image: Int
    /// Its class: an index of ``COCODataset/categories``.
    public let category: Int
    /// Its box; may reach beyond the image.
    public let box: BoundingBox
    /// The area by which it counts as small, medium or large, in pixels.
    public let area: Double
    /// Whether it stands for several objects, which are not told apart.
    public let isCrowd: Bool
    /// Which pixels it covers; nil where only its box is known.
    public let segmentation: Segmentation?
  }

  /// The JSON file.
  public let url: URL
  /// The images, by ascending id. Those without any annotation are there too: nothing is to be found in them.
  public let images: [Image]
  /// The categories, by ascending id.
  public let categories: [Category]
  /// The annotations, image after image, in the file's order within one.
  public let annotations: [Annotation]
  /// What was left out, and why.
  public let report: AnnotationReport

  /// Where each image's annotations start, and their end.
  private let starts: [Int]

  init(
    url: URL, images: [Image], categories: [Category], annotations: [Annotation], report: AnnotationReport
  ) {
    self.url = url
    self.images = images
    self.categories = categories
    self.report = report
    let order = GroupedOrder(count: annotations.count, groupCount: images.count) { annotations[$0].image }
    self.annotations = order.indices.map { annotations[$0] }
    starts = order.starts
  }

  /// The range of ``annotations`` that are of one image.
  package func annotationRange(ofImage index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }

  /// The annotations of one image.
  public func annotations(ofImage index: Int) -> ArraySlice<Annotation> { annotations[annotationRange(ofImage: index)] }

  /// Whether every annotation says which pixels it covers.
  public var hasMasks: Bool { annotations.allSatisfy { $0.segmentation != nil } }

  /// The pixels that an annotation covers; nil where only its box is known.
  public func mask(of annotation: Annotation) -> RunLengthMask? {
    let image = images[annotation.image]
    return switch annotation.segmentation {
    case .runs(let mask): mask
    case .polygons(let polygons): RunLengthMask(polygons: polygons, height: image.height, width: image.width)
    case nil: nil
    }
  }
}
