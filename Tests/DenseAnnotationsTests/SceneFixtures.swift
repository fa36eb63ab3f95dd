import DenseAnnotations
import Foundation

/// Steele, Lea and Flood's SplitMix64, as `Tests/Goldens/coco/make.py` has it.
struct IntegerDraws {
  private var state: UInt64

  init(state: UInt64) { self.state = state }

  mutating func below(_ count: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(count))
  }
}

/// The evaluator's scenes, the same as in `Tests/Goldens/coco/make.py`: an instances file, and what was found.
struct SceneFixtures {
  /// What was found, by the ids of the file. Coordinates in quarters of a pixel.
  struct Found {
    let imageID: Int
    let categoryID: Int
    let box: [Int]
    let corners: [Int]
    let score: Double
    let height: Int
    let width: Int
  }

  private static let categories = [44, 3, 90, 17, 62, 18]
  private static let trueCategories = [3, 17, 18, 44]

  private(set) var json = ""
  private(set) var truthCount = 0
  private(set) var found: [Found] = []
  private var draws = IntegerDraws(state: 20_170_904)

  init(count: Int) {
    var images: [String] = []
    var truths: [String] = []
    for number in 0..<count {
      let (width, height, id) = (120 + draws.below(80), 100 + draws.below(60), number * 7919 % 100_003 + 1)
      images.append("{\"id\":\(id),\"file_name\":\"\(id).jpg\",\"width\":\(width),\"height\":\(height)}")
      var here: [(category: Int, box: [Int], corners: [Int])] = []
      for _ in 0..<draws.below(6) {
        let category = Self.trueCategories[draws.below(4)]
        let (box, corners) = shape(width, height)
        let area = Double(box[2] * box[3] * (2 + draws.below(3))) / 64
        let crowd = draws.below(8) == 0 ? 1 : 0
        here.append((category, box, corners))
        truths.append(
          """
          {"id":\(truths.count + 1),"image_id":\(id),"category_id":\(category),"bbox":\(quarters(box)),\
          "area":\(area),"iscrowd":\(crowd),"segmentation":[\(quarters(corners))]}
          """)
      }
      find(here, number: number, id: id, width: width, height: height)
    }
    truthCount = truths.count
    let names = Self.categories.map { "{\"id\":\($0),\"name\":\"class \($0)\"}" }
    json = """
      {"images":[\(images.joined(separator: ","))],"categories":[\(names.joined(separator: ","))],
      "annotations":[\(truths.joined(separator: ",\n"))]}
      """
  }

  private func quarters(_ values: [Int]) -> [Double] { values.map { Double($0) / 4 } }

  private mutating func find(
    _ truths: [(category: Int, box: [Int], corners: [Int])], number: Int, id: Int, width: Int, height: Int
  ) {
    func note(_ category: Int, _ shape: (box: [Int], corners: [Int]), _ score: Int) {
      found.append(
        Found(
          imageID: id, categoryID: category, box: shape.box, corners: shape.corners, score: Double(score) / 32,
          height: height, width: width))
    }
    for truth in truths where draws.below(4) != 0 {
      let category = draws.below(8) == 0 ? Self.categories[draws.below(4)] : truth.category
      for _ in 0..<1 + draws.below(2) { note(category, moved(truth.box, truth.corners), draws.below(33)) }
    }
    let isCrowded = number % 40 == 0
    for _ in 0..<draws.below(4) + (isCrowded ? 130 : 0) {
      let category = isCrowded ? 3 : Self.categories[draws.below(4)]
      note(category, shape(width, height), draws.below(33))
    }
  }

  private mutating func shape(_ width: Int, _ height: Int) -> (box: [Int], corners: [Int]) {
    let size = [20, 70, 130][draws.below(3)]
    let (w, h) = (16 + draws.below(4 * size), 16 + draws.below(4 * size))
    let left = draws.below(4 * width - 4)
    let y = draws.below(4 * height - 4)
    let x = draws.below(6) == 0 ? -draws.below(w / 2) : left
    var corners: [Int] = []
    for (isRight, isLow) in [(false, false), (true, false), (true, true), (false, true)] {
      let (dx, dy) = (draws.below(w / 4), draws.below(h / 4))
      corners += [isRight ? x + w - dx : x + dx, isLow ? y + h - dy : y + dy]
    }
    if draws.below(3) == 0 { corners += [x + draws.below(w + 1), y + draws.below(h + 1)] }
    return ([x, y, w, h], corners)
  }

  private mutating func moved(_ box: [Int], _ corners: [Int]) -> (box: [Int], corners: [Int]) {
    let (qx, qy) = (max(1, box[2] / 16), max(1, box[3] / 16))
    let (dx, dy) = (draws.below(2 * qx + 1) - qx, draws.below(2 * qy + 1) - qy)
    let grown = [box[0] + dx, box[1] + dy, box[2] + draws.below(qx + 1), box[3] + draws.below(qy + 1)]
    return (grown, corners.enumerated().map { $1 + ($0 % 2 == 0 ? dx : dy) })
  }

  /// What was found as detections of the data set, with masks or without.
  func detections(of dataset: COCODataset, masks: Bool) -> [COCODetection] {
    let images = Dictionary(uniqueKeysWithValues: dataset.images.enumerated().map { ($1.id, $0) })
    let categories = Dictionary(uniqueKeysWithValues: dataset.categories.enumerated().map { ($1.id, $0) })
    return found.map { found in
      COCODetection(
        image: images[.number(found.imageID)]!, category: categories[.number(found.categoryID)]!, score: found.score,
        box: BoundingBox(quarters(found.box)),
        mask: masks
          ? RunLengthMask(polygon: quarters(found.corners), height: found.height, width: found.width) : nil)
    }
  }
}
