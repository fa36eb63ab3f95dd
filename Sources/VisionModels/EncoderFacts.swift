import Foundation
import ImageCoding
import SplitMaskCore

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
  ///   - shapes: as ``PrefixTokens`` makes them.
  init(
    path: String, shapes: [String: [Int]], metadata: [String: String], prefix: String = "",
    hints: EncoderFile.Hints = .init()
  ) throws {
    let source = Source(path: path, shapes: shapes, metadata: metadata, prefix: prefix)
    if let version: Int = try source.value("format_version"), version > EncoderFile.formatVersion {
      throw EncoderFileError(path: path, problem: .newerFormat(String(version)))
    }
    let patch = try source.patch()
    let (width, depth, mlpRatio) = (patch.width, try source.depth(), try source.mlpRatio(width: patch.width))
    try source.checkPositions(width: width)
    var assumptions: [String] = []
    let heads = try source.heads(width: width, depth: depth, hints: hints, assumptions: &assumptions)
    let imageSize = try source.imageSize(patchSize: patch.side, hints: hints, assumptions: &assumptions)
    if source.isRotary, metadata["rotary_positions"] == nil { assumptions.append("rotary positions, as DINOv3's") }
    var config = VisionTransformer.Config(
      try source.value("model") ?? Source.architecture(width: width, depth: depth), imageSize: imageSize,
      patchSize: patch.side)
    if width != config.architecture.width { config.width = width }
    if depth != config.architecture.depth { config.depth = depth }
    if heads != config.heads { config.headCount = heads }
    config.channels = patch.channels
    config.mlpRatio = mlpRatio
    config.classToken = source.hasClassToken
    config.registers = try source.registerCount()
    let usualEpsilon = source.isRotary && metadata["format_version"] == nil ? 1e-5 : config.normEpsilon
    config.normEpsilon = try source.value("norm_epsilon") ?? usualEpsilon
    config.absolutePositions = try source.positions() != nil
    config.relativePositionBias = source.relative?.kind ?? .none
    config.rotaryPositions = source.isRotary
    config.keyBias = shapes["blocks.0.attn.q_bias"] == nil
    if let rate = hints.stochasticDepthRate { config.stochasticDepthRate = rate }
    // What the factors were at first is known of our own files only; it matters to nobody who has them.
    if shapes["blocks.0.ls1.gamma"] != nil { config.layerScale = try source.value("layer_scale") ?? 0.1 }
    try source.check(config)
    self.config = config
    normalization = try source.normalization(channels: patch.channels)
    if metadata["format_version"] == nil, metadata["norm_epsilon"] == nil {
      assumptions.append("exact GELU, \(source.isRotary ? "1e-5" : "1e-6") in the layer normalisations")
    }
    self.assumptions = assumptions
  }
}

extension EncoderFacts {
  /// The channels of the patches, and how they see pixels; nil where the file does not say.
  static func pixels(
    path: String, shapes: [String: [Int]], metadata: [String: String]
  ) throws -> (channels: Int, normalization: PixelNormalization?) {
    let source = Source(path: path, shapes: shapes, metadata: metadata, prefix: "")
    let channels = try source.patch().channels
    return (channels, try source.normalization(channels: channels))
  }

  /// A file's shapes and strings, asked for one fact after the other. Each is held against the others before it is used: a
  /// network is as large as the file says.
  private struct Source {
    /// Pixels of an image's and a patch's sides, values of a token, and blocks.
    static let sizes = 1...VisionTransformer.Config.largestSize

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

    func patch() throws -> (width: Int, channels: Int, side: Int) {
      let patch = try shape("patch_embed.proj.weight", rank: 4)
      guard patch[2] == patch[3] else { throw fail("patches of shape \(Array(patch[1...])) are not square") }
      guard [patch[0], patch[1], patch[2]].allSatisfy(Self.sizes.contains) else {
        throw fail(
          "'patch_embed.proj.weight' has shape \(patch), whose sides are not all from 1 to \(Self.sizes.upperBound)")
      }
      return (patch[0], patch[1], patch[2])
    }

    func mlpRatio(width: Int) throws -> Int {
      let name = "blocks.0.mlp.fc1.weight"
      let shape = try shape(name, rank: 2)
      guard shape[1] == width, shape[0] % width == 0 else {
        throw fail(
          "'\(name)' has shape \(shape), and patches of width \(width) need [a multiple of \(width), \(width)]")
      }
      return shape[0] / width
    }

    func checkPositions(width: Int) throws {
      guard let shape = shapes["pos_embed"], shape.count == 3 else { return }
      guard shape[0] == 1, shape[2] == width else {
        throw fail("'pos_embed' has shape \(shape), and patches of width \(width) need [1, positions, \(width)]")
      }
    }

    var hasClassToken: Bool { shapes["cls_token"] != nil }
    private var hasPrefix: Bool { hasClassToken || shapes["reg_token"] != nil }

    func registerCount() throws -> Int {
      try shapes["reg_token"] == nil ? 0 : shape("reg_token", rank: 3)[1]
    }

    /// Whether nothing is learned of the places of patches, as in DINOv3.
    var isRotary: Bool {
      metadata["rotary_positions"] != nil
        || relative == nil && shapes["pos_embed"] == nil && shapes["cls_token"] != nil && shapes["reg_token"] != nil
          && shapes["blocks.0.ls1.gamma"] != nil
    }

    /// The number of patches with a position; nil without absolute positions.
    func positions() throws -> Int? {
      guard relative == nil && !isRotary || shapes["pos_embed"] != nil else { return nil }
      return try shape("pos_embed", rank: 3)[1] - (hasClassToken ? 1 : 0)
    }

    /// The number of blocks, by the numbers in their names, which are counted from 0 without a gap.
    func depth() throws -> Int {
      var nameOfBlock: [Int: String] = [:]
      for name in shapes.keys {
        let parts = name.split(separator: ".")
        if parts.count > 2, parts[0] == "blocks", let number = Int(parts[1]) { nameOfBlock[number] = name }
      }
      let count = nameOfBlock.count
      guard let odd = nameOfBlock.first(where: { !(0..<min(count, Self.sizes.upperBound)).contains($0.key) }) else {
        if let said: Int = try value("depth"), said != count {
          throw fail("it has the tensors of \(count) blocks, and what describes it says \(said)")
        }
        return count
      }
      throw fail("'\(odd.value)' is of block \(odd.key), and it has \(count) blocks, which are numbered from 0")
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
      if let size: ImageSize = try value("image_size") {
        guard Self.sizes.contains(size.height), Self.sizes.contains(size.width) else {
          throw EncoderFileError(
            path: path, problem: .badMetadata(key: "image_size", value: metadata["image_size"] ?? ""))
        }
        return size
      }
      if isRotary, shapes["pos_embed"] == nil {
        if let size = hints.imageSize { return size }
        let size = ImageSize(256 / patchSize * patchSize)
        assumptions.append("images of \(size) pixels")
        return size
      }
      let positions = try positions()
      let side =
        if let positions { EncoderFacts.squareSide(positions) } else { relative?.squareSide(hasPrefix: hasPrefix) }
      if let side, Self.sizes.contains(side * patchSize) {
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
      if let relative {
        let differences = (2 * config.grid.rows - 1) * (2 * config.grid.columns - 1)
        let needed = [differences + (config.prefixCount > 0 ? 3 : 0), config.heads]
        guard relative.shape == needed else {
          throw fail(
            "'\(relative.name)' has shape \(relative.shape), but images of \(config.imageSize) and \(config.heads) heads need \(needed)"
          )
        }
      }
    }

    func normalization(channels: Int) throws -> PixelNormalization? {
      guard let mean: [Double] = try value("mean"), let deviation: [Double] = try value("std") else { return nil }
      guard mean.count == channels, deviation.count == channels, deviation.allSatisfy({ $0 > 0 }) else {
        throw fail("its pixel statistics, mean \(mean) and std \(deviation), are not \(channels) of each")
      }
      let format: PixelFormat? = try value("pixel_format")
      guard format.map({ $0.channels.count == channels && $0.isValid }) ?? true else {
        throw EncoderFileError(
          path: path, problem: .badMetadata(key: "pixel_format", value: metadata["pixel_format"] ?? ""))
      }
      var result = PixelNormalization(mean: mean, standardDeviation: deviation, format: format)
      result.convertsOthers = try value("converts_others")
      return result
    }
  }

  /// The patches of the images that an encoder was trained on, as a file's metadata say; nil where they do not.
  static func patchCount(_ shapes: [String: [Int]], metadata: [String: String]) -> Int? {
    guard let text = metadata["image_size"], let side = shapes["patch_embed.proj.weight"]?.last, side > 0,
      let size = try? JSONDecoder().decode(ImageSize.self, from: Data(text.utf8))
    else { return nil }
    return (size.height / side).multipliedReportingOverflow(by: size.width / side).partialValue
  }

  /// Whether so many patches form a square.
  static func isSquare(_ count: Int) -> Bool { squareSide(count) != nil }

  /// The side of the square that so many patches form.
  private static func squareSide(_ count: Int) -> Int? {
    // Beyond these no image is so large.
    guard (1..<1 << 40).contains(count) else { return nil }
    let side = Int(Double(count).squareRoot().rounded())
    return side * side == count ? side : nil
  }

  /// A file's tables of relative positions.
  private struct RelativeTable {
    let kind: VisionTransformer.RelativePositionBias
    let name: String
    /// Rows and heads.
    let shape: [Int]

    var headCount: Int { shape[1] }

    init?(_ shapes: [String: [Int]]) {
      let places: [(VisionTransformer.RelativePositionBias, String)] = [
        (.shared, "rel_pos_bias.relative_position_bias_table"),
        (.perBlock, "blocks.0.attn.relative_position_bias_table"),
      ]
      guard let (kind, name) = places.first(where: { shapes[$0.1] != nil }), let shape = shapes[name], shape.count == 2
      else { return nil }
      (self.kind, self.name, self.shape) = (kind, name, shape)
    }

    /// The side of the square grid whose differences it holds.
    func squareSide(hasPrefix: Bool) -> Int? {
      EncoderFacts.squareSide(shape[0] - (hasPrefix ? 3 : 0)).flatMap { $0 % 2 == 1 ? ($0 + 1) / 2 : nil }
    }
  }
}
