import Foundation

/// The JSON of iNaturalist 2018 and 2019, in COCO's manner: `images` with names, `annotations` that give each a category.
///
/// Paths are relative to the file's folder. Classes are called as the categories are; by their numbers where the file
/// does not name them, or names two of them alike.
enum INaturalistFile {
  private struct Content: Decodable {
    struct Image: Decodable {
      let id: COCOIdentifier
      let fileName: String

      enum CodingKeys: String, CodingKey {
        case id
        case fileName = "file_name"
      }
    }

    struct Annotation: Decodable {
      let imageID: COCOIdentifier
      let categoryID: COCOIdentifier

      enum CodingKeys: String, CodingKey {
        case imageID = "image_id"
        case categoryID = "category_id"
      }
    }

    struct Category: Decodable {
      let id: COCOIdentifier
      let name: String
    }

    let images: [Image]
    let annotations: [Annotation]?
    let categories: [Category]?
  }

  /// - Throws: `DatasetError` for another JSON file, or an image with two categories.
  static func read(_ path: String) throws -> ListedImages {
    let content = try decode(path)
    let names = try classNames(content.categories ?? [], path: path)
    var images = ListedImages(source: path, root: ListedImages.folder(of: path))
    var known: Set<COCOIdentifier> = []
    for image in content.images where !known.insert(image.id).inserted {
      throw DatasetError("\(path) lists two of the image id \(image.id)")
    }
    var categoryOfImage: [COCOIdentifier: COCOIdentifier] = [:]
    for annotation in content.annotations ?? [] {
      guard known.contains(annotation.imageID) else {
        images.problems.append(
          SkippedImage(
            index: nil, name: "\(path): image \(annotation.imageID)", reason: "has an annotation, but is not listed"))
        continue
      }
      let before = categoryOfImage.updateValue(annotation.categoryID, forKey: annotation.imageID)
      guard before == nil || before == annotation.categoryID else {
        throw DatasetError(
          """
          \(path): image \(annotation.imageID) has categories \(before!) and \(annotation.categoryID); an image to \
          classify has one (annotations of objects are for detection)
          """)
      }
    }
    for image in content.images {
      let label = try categoryOfImage[image.id].map { category in
        guard let names else { return category.plain }
        guard let name = names[category] else {
          throw DatasetError("\(path): image \(image.id) is of category \(category), which is not among the categories")
        }
        return name
      }
      images.append(Array(image.fileName.utf8), class: label)
    }
    return images
  }

  private static func decode(_ path: String) throws -> Content {
    let bytes = try TextLines.bytes(of: path)
    do {
      return try JSONDecoder().decode(Content.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw DatasetError("\(path) is no JSON file of images and annotations: \(reason(error))")
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String {
      String(path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined().trimmingPrefix("."))
    }
    switch error {
    case .keyNotFound(let key, let context): return "'\(place(context.codingPath + [key]))' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "'\(place(context.codingPath))' is of another type: \(context.debugDescription)"
    case .dataCorrupted(let context): return context.debugDescription
    @unknown default: return "\(error)"
    }
  }

  /// Names by number; nil where numbers must serve.
  private static func classNames(_ categories: [Content.Category], path: String) throws -> [COCOIdentifier: String]? {
    guard !categories.isEmpty, Set(categories.map(\.name)).count == categories.count else { return nil }
    let names = Dictionary(categories.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    guard names.count == categories.count else { throw DatasetError("\(path): two categories have the same number") }
    return names
  }
}
