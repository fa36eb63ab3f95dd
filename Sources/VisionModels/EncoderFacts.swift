import Foundation
import Settings

/// The shape of the network in an encoder file, and the statistics of its pixels.
///
/// Width, depth, patch and MLP are those of the tensors, which cannot lie. What no tensor tells (the heads, a grid that is not
/// square, pixel statistics) is in the metadata of our own files; of other files it is ``assumptions``.
struct EncoderFacts {
  let config: VisionTransformer.Config
  /// nil where the file has none.
  let normalization: PixelNormalization?
  /// What the file leaves open and was taken for granted, each as a part of a sentence.
  let assumptions: [String]

  /// - Parameters:
  ///   - prefix: what the encoder's names begin with in the file; tells MoCo's files.
  ///   - hints: what the user says of a file that does not say it.
  init(
    path: String, shapes: [String: [Int]], metadata: [String: String], prefix: String = "",
    hints: EncoderFile.Hints = .init()
  ) throws {
    let source = Source(path: path, shapes: shapes, metadata: metadata, prefix: prefix)
    if let version: Int = try source.value("format_version"), version > EncoderFile.formatVersion {
      throw EncoderFileError(path: path, problem: .newerFormat(String(version)))
    }
    let patch = try source.patch()
    let (width, depth, mlpRatio) = (patch.width, source.depth, try source.mlpRatio(width: patch.width))
    var assumptions: [String] = []
    let heads = try source.heads(width: width, depth: depth, hints: hints, assumptions: &assumptions)
    let imageSize = try source.imageSize(patchSize: patch.side, hints: hints, assumptions: &assumptions)
    var config = VisionTransformer.Config(
      try source.value("model") ?? Source.architecture(width: width, depth: depth), imageSize: imageSize,
      patchSize: patch.side)
    if width != config.architecture.width { config.width = width }
    if depth != config.architecture.depth { config.depth = depth }
    if heads != config.heads { config.headCount = heads }
    config.mlpRatio = mlpRatio
    config.classToken = source.prefixCount > 0
    config.absolutePositions = try source.positions() != nil
    config.relativePositionBias = source.relative?.kind ?? .none
    config.keyBias = shapes["blocks.0.attn.q_bias"] == nil
    if let rate = hints.stochasticDepthRate { config.stochasticDepthRate = rate }
    // What the factors were at first is known of our own files only; it matters to nobody who has them.
    if shapes["blocks.0.ls1.gamma"] != nil { config.layerScale = try source.value("layer_scale") ?? 0.1 }
    try source.check(config)
    self.config = config
    normalization = try source.normalization()
    if metadata["format_version"] == nil { assumptions.append("exact GELU, 1e-6 in the layer normalisations") }
    self.assumptions = assumptions
  }
}

extension EncoderFacts {
  /// A file's shapes and strings, asked for one fact after the other.
  private struct Source {
    let path: String
    let shapes: [String: [Int]]
    let metadata: [String: String]
    let prefix: String
    let relative: RelativeTable?

    init(path: String, shapes: [String: [Int]], metadata: [String: String], prefix: String) {
      (self.path, self.shapes, self.metadata, self.prefix) = (path, shapes, metadata, prefix)
      relative = RelativeTable(shapes)
    }

    func fail(_ reason: String) -> EncoderFileError { EncoderFileError(path: path, problem: .unclearShape(reason)) }

    /// One of the file's own strings.
    func value<Value: Decodable>(_ key: String, _ type: Value.Type = Value.self) throws -> Value? {
      guard let text = metadata[key] else { return nil }
      guard let value = try? JSONDecoder().decode(Value.self, from: Data(text.utf8)) else {
        throw EncoderFileError(path: path, problem: .badMetadata(key: key, value: text))
      }
      return value
    }

    func shape(_ name: String, rank: Int) throws -> [Int] {
      guard let shape = shapes[name], shape.count == rank else {
        throw EncoderFileError(path: path, problem: .notAVisionTransformer(tensor: name, shape: shapes[name]))
      }
      return shape
    }

    func patch() throws -> (width: Int, side: Int) {
      let patch = try shape("patch_embed.proj.weight", rank: 4)
      guard patch[1] == 3, patch[2] == patch[3] else {
        throw fail("patches of shape \(Array(patch[1...])) are not square with three colours")
      }
      guard patch[0] > 0, patch[2] > 0 else { throw fail("patches of shape \(patch) are empty") }
      return (patch[0], patch[2])
    }

    func mlpRatio(width: Int) throws -> Int {
      let hidden = try shape("blocks.0.mlp.fc1.weight", rank: 2)[0]
      guard hidden % width == 0 else { throw fail("a hidden layer of \(hidden) is no multiple of the width \(width)") }
      return hidden / width
    }

    var prefixCount: Int { shapes["cls_token"] == nil ? 0 : 1 }

    /// The number of patches with a position; nil without absolute positions.
    func positions() throws -> Int? {
      guard relative == nil || shapes["pos_embed"] != nil else { return nil }
      return try shape("pos_embed", rank: 3)[1] - prefixCount
    }

    /// The number of blocks, by the highest number in their names.
    var depth: Int {
      let numbers = shapes.keys.compactMap { name -> Int? in
        let parts = name.split(separator: ".")
        return parts.count > 2 && parts[0] == "blocks" ? Int(parts[1]) : nil
      }
      return (numbers.max() ?? -1) + 1
    }

    /// The named shape of that width and depth, or else of that width.
    static func architecture(width: Int, depth: Int) -> VisionTransformer.Architecture {
      let all = VisionTransformer.Architecture.allCases
      return all.first { $0.width == width && $0.depth == depth } ?? all.first { $0.width == width } ?? .small
    }

    /// The file's own number of heads, else the user's, else that of the published family that it looks like.
    func heads(width: Int, depth: Int, hints: EncoderFile.Hints, assumptions: inout [String]) throws -> Int {
      if let known: Int = try value("heads") ?? relative?.headCount { return known }
      if let heads = hints.heads {
        guard heads > 0, width % heads == 0 else {
          throw InvalidSetting("model.headCount", "\(heads) heads do not divide a width of \(width) (\(path))")
        }
        return heads
      }
      guard let family = EncoderFamily(width: width, depth: depth, prefix: prefix) else {
        throw fail(
          """
          it does not say how many attention heads it has, and its width of \(width) is of no published family; say \
          --heads N
          """)
      }
      assumptions.append(family.description)
      return family.heads
    }

    /// The file's own image size, else the square that its positions form, else the user's where they form that.
    func imageSize(
      patchSize: Int, hints: EncoderFile.Hints, assumptions: inout [String]
    ) throws -> ImageSize {
      if let size: ImageSize = try value("image_size") { return size }
      let positions = try positions()
      let side =
        if let positions { EncoderFacts.squareSide(positions) } else { relative?.squareSide(prefixCount: prefixCount) }
      if let side {
        assumptions.append("square images of \(side * patchSize) pixels")
        return ImageSize(side * patchSize)
      }
      if let size = hints.imageSize, let positions, size.height % patchSize == 0, size.width % patchSize == 0,
        size.height / patchSize * (size.width / patchSize) == positions
      {
        return size
      }
      let what = positions.map { "\($0) positions" } ?? "its relative positions"
      throw fail(
        """
        \(what) form no square, and no image_size in the metadata says what they form; say --image-size \
        '[height, width]' as it was trained
        """)
    }

    /// Checks that a network can be built which has the file's positions.
    func check(_ config: VisionTransformer.Config) throws {
      do {
        try config.validate()
      } catch {
        throw fail("its metadata and its tensors do not make a network: \(error)")
      }
      if let positions = try positions(), config.grid.count != positions {
        throw fail(
          "it has \(positions) positions, but its image_size \(config.imageSize) makes \(config.grid.count) patches")
      }
    }

    func normalization() throws -> PixelNormalization? {
      guard let mean: [Double] = try value("mean"), let deviation: [Double] = try value("std") else { return nil }
      guard mean.count == 3, deviation.count == 3, deviation.allSatisfy({ $0 > 0 }) else {
        throw fail("its pixel statistics, mean \(mean) and std \(deviation), are not three of each")
      }
      return PixelNormalization(mean: mean, standardDeviation: deviation)
    }
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
