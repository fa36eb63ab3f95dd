import Dispatch
import ImageCoding
import SplitMaskCore
import Synchronization

/// Looks for tiles that show nothing; see ``Tiling/BackgroundRule``.
struct TileBackground {
  /// Pixels that a tile has along a side at least, where values are compared.
  private static let side = 32
  /// Pixels that are decoded at once.
  private static let pixelLimit = 1 << 21

  private let rule: Tiling.BackgroundRule
  private let image: LargeImage
  /// The level that is looked at, and how much smaller it is.
  private let level: Int
  private let scale: (x: Double, y: Double)
  private let tile: (width: Int, height: Int)

  private struct Tile: Sendable {
    let deviation: Float
    let missing: Double
  }

  init(_ rule: Tiling.BackgroundRule, _ image: LargeImage, level: Int, tile: (width: Int, height: Int)) {
    let full = image.levels[level]
    let scales = image.levels.map {
      (x: Double($0.width) / Double(full.width), y: Double($0.height) / Double(full.height))
    }
    let seen = image.levels.indices.last {
      $0 >= level && scales[$0].x * Double(min(tile.width, tile.height)) >= Double(Self.side)
    }
    (self.rule, self.image, self.tile) = (rule, image, tile)
    self.level = seen ?? level
    scale = scales[seen ?? level]
  }

  /// Of every tile, row by row, whether it is background.
  func decide(_ lefts: [Int], _ tops: [Int], _ name: String) throws -> [Bool] {
    let pixels = max(1, Int(Double(tile.width) * scale.x)) * max(1, Int(Double(tile.height) * scale.y))
    let columnsAtOnce = max(1, Self.pixelLimit / pixels)
    let parts = tops.flatMap { top in
      stride(from: 0, to: lefts.count, by: columnsAtOnce).map { start in
        lefts[start..<min(start + columnsAtOnce, lefts.count)].map { box(left: $0, top: top) }
      }
    }
    // Of the image only files are read, each at a place of its own.
    nonisolated(unsafe) let own = self
    let looks = Mutex([Result<Look, any Error>?](repeating: nil, count: parts.count))
    DispatchQueue.concurrentPerform(iterations: parts.count) { part in
      WorkProgress.report("looking for background in \(name)", done: part, total: parts.count)
      let look = Result { try own.look(at: parts[part]) }
      looks.withLock { $0[part] = look }
    }
    let all = try looks.withLock { try $0.map { try $0!.get() } }
    if let failure = all.lazy.compactMap(\.failure).first, all.allSatisfy({ $0.values.isEmpty }) { throw failure }
    let range = Self.range(all.flatMap(\.values))
    return all.flatMap(\.tiles).map {
      $0.missing > rule.maximumMissing || !($0.deviation >= Float(rule.minimumDeviation) * range)
    }
  }

  /// Tiles beside each other, and some of their values.
  private struct Look: Sendable {
    var tiles: [Tile] = []
    var values: [Float] = []
    /// Why one of them cannot be decoded.
    var failure: (any Error)?
  }

  private func look(at boxes: [CropBox]) throws -> Look {
    var look = Look()
    let strip = boxes[0].union(boxes[boxes.count - 1])
    if try image.isStored(strip, level: level), let samples = try? image.samples(strip, level: level) {
      for box in boxes { look.tiles.append(tile(at: box, in: samples, from: strip, &look.values)) }
      return look
    }
    for box in boxes {
      guard try image.isStored(box, level: level) else {
        look.tiles.append(Tile(deviation: 0, missing: 1))
        continue
      }
      do {
        let samples = try image.samples(box, level: level)
        look.tiles.append(tile(at: box, in: samples, from: box, &look.values))
      } catch {
        // It is named when it is read.
        look.tiles.append(Tile(deviation: .infinity, missing: 0))
        look.failure = error
      }
    }
    return look
  }

  private func box(left: Int, top: Int) -> CropBox {
    let size = image.levels[level]
    let (x, y) = (Int(Double(left) * scale.x), Int(Double(top) * scale.y))
    let (width, height) = (Int(Double(tile.width) * scale.x), Int(Double(tile.height) * scale.y))
    return CropBox(
      left: x, top: y, width: max(1, min(width, size.width - x)), height: max(1, min(height, size.height - y)))
  }

  /// The largest of its channels' standard deviations; notes some of its values.
  private func tile(
    at box: CropBox, in image: SampleImage, from strip: CropBox, _ values: inout [Float]
  ) -> Tile {
    let step = max(1, min(box.width, box.height) / Self.side)
    let nodata = self.image.header.nodata.map { Float($0) } ?? .nan
    var missing = 0
    var deviation: Float = 0
    for channel in 0..<image.channelCount {
      var (count, sum, squares) = (0.0, 0.0, 0.0)
      for y in stride(from: box.top, through: box.top + box.height - step, by: step) {
        for x in stride(from: box.left, through: box.left + box.width - step, by: step) {
          var (own, measured) = (0.0, 0)
          for row in y - strip.top..<y - strip.top + step {
            for column in x - strip.left..<x - strip.left + step {
              let value = image.values[(row * image.width + column) * image.channelCount + channel]
              if value.isFinite, value != nodata { (own, measured) = (own + Double(value), measured + 1) }
            }
          }
          missing += step * step - measured
          guard measured > 0 else { continue }
          let mean = own / Double(measured)
          (count, sum, squares) = (count + 1, sum + mean, squares + mean * mean)
          if Int(count) % Self.side == 1 { values.append(Float(mean)) }
        }
      }
      guard count > 0 else { continue }
      deviation = max(deviation, Float(max(0, squares / count - sum / count * sum / count).squareRoot()))
    }
    let all = (box.width / step * step) * (box.height / step * step) * image.channelCount
    return Tile(deviation: deviation, missing: Double(missing) / Double(all))
  }

  private static func range(_ values: [Float]) -> Float {
    guard !values.isEmpty else { return 0 }
    let values = values.sorted()
    func value(_ share: Double) -> Float { values[Int((Double(values.count - 1) * share).rounded())] }
    return value(0.999) - value(0.001)
  }
}

extension CropBox {
  fileprivate func union(_ other: CropBox) -> CropBox {
    CropBox(
      left: left, top: top, width: other.left + other.width - left, height: max(height, other.height))
  }
}
