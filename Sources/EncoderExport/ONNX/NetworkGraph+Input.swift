import ImageCoding
import Torch
import VisionModels

extension NetworkGraph {
  /// Normalised channels, `[B, C, H, W]`, in the precision of the weights.
  mutating func normalizedImage() -> String {
    let size = config.imageSize
    builder.declareInput(
      "image", [nil, config.channels, size.height, size.width], .float,
      "Channels, each of 0 to 1, less its mean and over its standard deviation.")
    return inPrecision("image")
  }

  /// Bytes `[B, H, W, 3]`, normalised by the graph.
  mutating func normalizedBytes() -> String {
    let (size, pixels) = (config.imageSize, network.normalization)
    builder.declareInput(
      "image", [nil, size.height, size.width, 3], .uint8, "Red, green and blue, row by row from the top.")
    let values = builder.node(
      "Cast", ["image"], to: "image.values", [.int("to", Onnx_TensorProto.DataType.float.rawValue)])
    let planes = builder.node("Transpose", [values], to: "image.planes", [.ints("perm", [0, 3, 1, 2])])
    let scale = builder.constant(
      "image.scale", pixels.standardDeviation.map { Float(1 / (255 * $0)) }, shape: [1, 3, 1, 1])
    let shift = builder.constant(
      "image.shift", zip(pixels.mean, pixels.standardDeviation).map { Float(-$0 / $1) }, shape: [1, 3, 1, 1])
    let scaled = builder.node("Mul", [planes, scale], to: "image.scaled")
    return inPrecision(builder.node("Add", [scaled, shift], to: "image.normalized"))
  }

  private mutating func inPrecision(_ value: String) -> String {
    guard builder.precision == .float16 else { return value }
    return builder.node("Cast", [value], to: value + ".float16", [.int("to", builder.elementType.rawValue)])
  }

  /// `[B, prefixCount + n, D]`: the tokens before the patches are rows of zeros to which the table of summands adds
  /// token and position.
  mutating func embedded(_ image: String) throws -> String {
    let (grid, side) = (config.grid, config.patchSize)
    let patches = builder.node(
      "Conv", [image, try weight("patch_embed.proj.weight"), try weight("patch_embed.proj.bias")],
      to: "patch_embed.proj.out", [.ints("kernel_shape", [side, side]), .ints("strides", [side, side])])
    let shape = builder.integers("patch_embed.shape", [-1, width, grid.count])
    let rows = builder.node("Reshape", [patches, shape], to: "patch_embed.rows")
    var tokens = builder.node("Transpose", [rows], to: "patch_embed.tokens", [.ints("perm", [0, 2, 1])])
    if config.prefixCount > 0 {
      let pads = builder.integers("patch_embed.pads", [0, config.prefixCount, 0, 0, 0, 0])
      tokens = builder.node("Pad", [tokens, pads], to: "patch_embed.padded")
    }
    guard let table = summands else { return tokens }
    return builder.node("Add", [tokens, try builder.weight("pos_embed.table", table)], to: "pos_embed.out")
  }

  /// What is added to each token, `[1, prefixCount + n, D]`; nil where it is nothing.
  private var summands: Tensor? {
    noGrad {
      let positions = state["pos_embed"]
      let classToken = state["cls_token"].map { token in
        positions.map { token + $0.narrowed(1, start: 0, count: 1) } ?? token
      }
      let patches =
        positions.map { $0.narrowed(1, start: config.classToken ? 1 : 0, count: config.grid.count) }
        ?? (config.prefixCount > 0 ? Tensor.zeros([1, config.grid.count, width]) : nil)
      let parts = [classToken, state["reg_token"], patches].compactMap(\.self)
      return parts.isEmpty ? nil : Tensor.concatenate(parts.map { $0.to(.cpu) }, along: 1)
    }
  }
}
