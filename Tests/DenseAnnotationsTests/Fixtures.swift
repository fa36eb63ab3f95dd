import DenseAnnotations
import DurableFiles
import Foundation

/// What pycocotools, NumPy and Pillow made (`Tests/Goldens/coco/make.py`).
struct COCOGoldens: Decodable {
  struct Polygons: Decodable {
    let height: Int
    let width: Int
    let polygons: [[Double]]
    let compressed: String
    let area: Int
    let box: [Double]
  }

  struct Box: Decodable {
    let height: Int
    let width: Int
    let box: [Double]
    let compressed: String
  }

  struct Bitmap: Decodable {
    let height: Int
    let width: Int
    let rows: [String]
    let counts: [UInt32]
    let compressed: String
    let area: Int
    let box: [Double]
  }

  struct Sets: Decodable {
    let height: Int
    let width: Int
    let masks: [String]
    let crowds: [Int]
    let boxes: [[Double]]
    let unions: [String]
    let intersections: [String]
    let union: String
    let overlaps: [Double]
    let boxOverlaps: [Double]
  }

  struct Labels: Decodable {
    let png: Data
    let values: [UInt8]?
  }

  struct MeanOverlap: Decodable {
    let miou: Double
    let macc: Double
    let aacc: Double
    let iou: [Double?]
    let acc: [Double?]
  }

  let polygons: [Polygons]
  let boxes: [Box]
  let bitmaps: [Bitmap]
  let sets: Sets
  let labelMaps: [String: Labels]
  let meanOverlap: MeanOverlap

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Goldens/coco")

  static func load() throws -> COCOGoldens {
    try JSONDecoder().decode(Self.self, from: Data(contentsOf: folder.appending(path: "goldens.json")))
  }
}

extension BoundingBox {
  init(_ numbers: [Double]) {
    self.init(left: numbers[0], top: numbers[1], width: numbers[2], height: numbers[3])
  }
}

extension SafetensorsFile {
  func doubles(_ name: String) throws -> [Double] {
    try entry(name).withBytes { bytes in
      (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
    }
  }
}

/// The largest difference of two lists' values; infinite when they differ in length.
func difference(_ left: [Double], _ right: [Double]) -> Double {
  guard left.count == right.count else { return .infinity }
  return zip(left, right).map { abs($0 - $1) }.max() ?? 0
}

/// What a call throws, as text; nil when it does not throw.
func message(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}
