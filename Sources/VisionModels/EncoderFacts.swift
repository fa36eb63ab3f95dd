import Foundation

/// The shape of the network in an encoder file, and the statistics of its pixels.
///
/// Width, depth, patch and perceptron are those of the tensors, which cannot lie; what no tensor tells (the heads, a
/// grid that is not square, pixel statistics) is in the metadata of our own files.
struct EncoderFacts {
  let config: VisionTransformer.Config
  /// nil where the file has none.
  let normalization: PixelNormalization?

  init(path: String, shapes: [String: [Int]], metadata: [String: String]) throws {
    func fail(_ reason: String) -> EncoderFileError { EncoderFileError(path: path, problem: .unclearShape(reason)) }
    func value<Value: Decodable>(_ key: String, _ type: Value.Type = Value.self) throws -> Value? {
      try EncoderFacts.value(key, of: metadata, path: path)
    }
    func shape(_ name: String, rank: Int) throws -> [Int] {
      guard let shape = shapes[name], shape.count == rank else {
        throw EncoderFileError(path: path, problem: .notAVisionTransformer(tensor: name, shape: shapes[name]))
      }
      return shape
    }
    if let version: Int = try value("format_version"), version > EncoderFile.formatVersion {
      throw EncoderFileError(path: path, problem: .newerFormat(String(version)))
    }
    let patch = try shape("patch_embed.proj.weight", rank: 4)
    guard patch[1] == 3, patch[2] == patch[3] else {
      throw fail("patches of shape \(Array(patch[1...])) are not square with three colours")
    }
    let width = patch[0]
    let hidden = try shape("blocks.0.mlp.fc1.weight", rank: 2)[0]
    guard hidden % width == 0 else { throw fail("a hidden layer of \(hidden) is no multiple of the width \(width)") }
    let prefixCount = shapes["cls_token"] == nil ? 0 : 1
    let relative = RelativeTable(shapes)
    let positions: Int?
    if relative == nil || shapes["pos_embed"] != nil {
      positions = try shape("pos_embed", rank: 3)[1] - prefixCount
    } else {
      positions = nil
    }
    let side =
      if let positions { EncoderFacts.squareSide(positions) } else { relative?.squareSide(prefixCount: prefixCount) }
    let imageSize = try value("image_size") ?? side.map { ImageSize($0 * patch[2]) }
    guard let imageSize else {
      let what = positions.map { "\($0) positions" } ?? "its relative positions"
      throw fail("\(what) form no square, and no image_size in the metadata says what they form")
    }
    let depth = EncoderFacts.depth(shapes.keys)
    var config = VisionTransformer.Config(
      try value("model") ?? EncoderFacts.architecture(width: width, depth: depth), imageSize: imageSize,
      patchSize: patch[2])
    if width != config.architecture.width { config.width = width }
    if depth != config.architecture.depth { config.depth = depth }
    guard let heads = try value("heads") ?? relative?.headCount ?? (width % 64 == 0 ? width / 64 : nil) else {
      throw fail("a width of \(width) is no multiple of 64, and no 'heads' in the metadata says how it is divided")
    }
    if heads != config.heads { config.headCount = heads }
    config.mlpRatio = hidden / width
    config.classToken = prefixCount > 0
    config.absolutePositions = positions != nil
    config.relativePositionBias = relative?.kind ?? .none
    config.keyBias = shapes["blocks.0.attn.q_bias"] == nil
    // What the factors were at first is known of our own files only; it matters to nobody who has them.
    if shapes["blocks.0.ls1.gamma"] != nil { config.layerScale = try value("layer_scale") ?? 0.1 }
    do {
      try config.validate()
    } catch {
      throw fail("its metadata and its tensors do not make a network: \(error)")
    }
    if let positions, config.grid.count != positions {
      throw fail("it has \(positions) positions, but its image_size \(imageSize) makes \(config.grid.count) patches")
    }
    self.config = config
    if let mean: [Double] = try value("mean"), let deviation: [Double] = try value("std") {
      guard mean.count == 3, deviation.count == 3, deviation.allSatisfy({ $0 > 0 }) else {
        throw fail("its pixel statistics, mean \(mean) and std \(deviation), are not three of each")
      }
      normalization = PixelNormalization(mean: mean, standardDeviation: deviation)
    } else {
      normalization = nil
    }
  }

  private static func value<Value: Decodable>(
    _ key: String, of metadata: [String: String], path: String
  ) throws -> Value? {
    guard let text = metadata[key] else { return nil }
    guard let value = try? JSONDecoder().decode(Value.self, from: Data(text.utf8)) else {
      throw EncoderFileError(path: path, problem: .badMetadata(key: key, value: text))
    }
    return value
  }

  /// The number of blocks, by the highest number in their names.
  private static func depth(_ names: some Sequence<String>) -> Int {
    let numbers = names.compactMap { name -> Int? in
      let parts = name.split(separator: ".")
      return parts.count > 2 && parts[0] == "blocks" ? Int(parts[1]) : nil
    }
    return (numbers.max() ?? -1) + 1
  }

  /// The named shape of that width and depth, or else of that width.
  private static func architecture(width: Int, depth: Int) -> VisionTransformer.Architecture {
    let all = VisionTransformer.Architecture.allCases
    return all.first { $0.width == width && $0.depth == depth } ?? all.first { $0.width == width } ?? .small
  }

  /// The side of the square that so many patches form.
  private static func squareSide(_ count: Int) -> Int? {
    let side = Int(Double(max(0, count)).squareRoot().rounded())
    return side > 0 && side * side == count ? side : nil
  }

  /// A file's tables of relative positions.
  private struct RelativeTable {
    let kind: VisionTransformer.RelativePositionBias
    let rowCount: Int
    let headCount: Int

    init?(_ shapes: [String: [Int]]) {
      let name = "relative_position_bias_table"
      let shared = shapes["rel_pos_bias." + name]
      guard let shape = shared ?? shapes["blocks.0.attn." + name], shape.count == 2 else { return nil }
      (kind, rowCount, headCount) = (shared == nil ? .perBlock : .shared, shape[0], shape[1])
    }

    /// The side of the square grid whose differences it holds.
    func squareSide(prefixCount: Int) -> Int? {
      EncoderFacts.squareSide(rowCount - (prefixCount > 0 ? 3 : 0)).flatMap { $0 % 2 == 1 ? ($0 + 1) / 2 : nil }
    }
  }
}
