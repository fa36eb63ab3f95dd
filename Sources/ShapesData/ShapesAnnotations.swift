import Foundation

/// The COCO instances of the embedded data set, as JSON.
///
/// What belongs to an image is encoded where the image is drawn, so that the files are put together from ready pieces.
struct ShapesAnnotations {
  /// The JSON of one image: its entry in `images`, and those in `annotations`.
  struct Piece: Sendable {
    let image: Data
    let annotations: [Data]
  }

  private struct ImageEntry: Encodable {
    let id: Int
    let file_name: String
    let width: Int
    let height: Int
  }

  private struct RunLengths: Encodable {
    let size: [Int]
    let counts: [Int]
  }

  private struct Annotation: Encodable {
    let id: Int
    let image_id: Int
    let category_id: Int
    let bbox: [Int]
    let area: Int
    let iscrowd: Int
    let segmentation: RunLengths
  }

  private struct Category: Encodable {
    let id: Int
    let name: String
    let supercategory: String
  }

  let dataset: ShapesDataset

  /// Numbers start at 1: COCO's evaluation takes annotation 0 for "no match".
  func piece(of rendering: ShapesRendering, index: Int) throws -> Piece {
    let encoder = makeEncoder()
    let config = dataset.config
    let image = ImageEntry(
      id: index + 1, file_name: dataset.imagePath(of: index), width: config.width, height: config.height)
    let annotations = rendering.instances.map { instance in
      Annotation(
        // The number of an instance is less than 100, so no other image has this one.
        id: (index + 1) * 100 + Int(instance.number), image_id: index + 1,
        category_id: dataset.category(of: instance.shape),
        bbox: [instance.left, instance.top, instance.width, instance.height], area: instance.area, iscrowd: 0,
        segmentation: RunLengths(size: [config.height, config.width], counts: rendering.runLengths(of: instance)))
    }
    return try Piece(image: encoder.encode(image), annotations: annotations.map { try encoder.encode($0) })
  }

  /// The whole file made of the pieces of one split.
  func file(of pieces: some Collection<Piece>) throws -> Data {
    let categories = dataset.config.classes.map {
      Category(id: dataset.category(of: $0), name: $0.rawValue, supercategory: "shape")
    }
    var data = Data(#"{"info":{"description":"shapes, composed by SplitMask"},"licenses":[],"categories":"#.utf8)
    data.append(try makeEncoder().encode(categories))
    data.append(list(named: "images", pieces.map(\.image)))
    data.append(list(named: "annotations", pieces.flatMap(\.annotations)))
    data.append(Data("}\n".utf8))
    return data
  }

  private func list(named name: String, _ entries: [Data]) -> Data {
    var data = Data(",\n\"\(name)\":[\n".utf8)
    data.append(Data(entries.joined(separator: Data(",\n".utf8))))
    data.append(Data("\n]".utf8))
    return data
  }

  private func makeEncoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}
