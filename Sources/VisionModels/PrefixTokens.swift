import Torch

/// The tokens before the patches as files have them, brought to the encoder's own: a class token and registers, with positions
/// of the class token and the patches alone.
///
/// DeiT's distillation token is a register here. Registers have positions in timm's default layout and in our files, none in
/// DINOv2's and Hugging Face's, where the class token alone has one, and none at all in timm's DINOv2, where the class token's is
/// added to it already (`no_embed_class`): the number of positions tells which.
struct PrefixTokens {
  /// What the extra token or tokens are called; nil without.
  private let extra: String?
  private let extraCount: Int
  private let hasClassToken: Bool
  /// Whether there is a table of positions that fits.
  private let hasPositions: Bool
  /// How many of the tokens before the patches have a position, the first of them.
  private let placedCount: Int

  /// - Parameters:
  ///   - shapes: of the encoder's tensors by our names.
  ///   - patchCount: of the images it was trained on, where that is known; else the patches form a square.
  init(_ shapes: [String: [Int]], patchCount: Int?) {
    hasClassToken = shapes["cls_token"] != nil
    // What does not fit stays as it is, and is refused as a tensor without a place.
    let width = shapes["patch_embed.proj.weight"]?.first
    func fits(_ name: String) -> Bool { shapes[name].map { $0.count == 3 && $0[0] == 1 && $0[2] == width } ?? false }
    extra = ["dist_token", "reg_token"].first { fits($0) }
    extraCount = extra.map { shapes[$0]![1] } ?? 0
    let own = hasClassToken ? 1 : 0
    let count = fits("pos_embed") ? shapes["pos_embed"]![1] : 0
    hasPositions = count > 0
    guard hasPositions else {
      placedCount = own
      return
    }
    // What timm makes by default comes first: where nothing tells, all tokens have a position.
    let possible = [own + extraCount, own, 0].filter { $0 <= count }
    placedCount =
      possible.first { placed in
        let rest = count - placed
        return patchCount.map { rest == $0 } ?? EncoderFacts.isSquare(rest)
      } ?? possible[0]
  }

  /// Whether the file has them as the encoder does.
  private var isPlain: Bool { extra == nil && placedCount == (hasClassToken ? 1 : 0) }

  /// The shapes of a file's tensors as the encoder's.
  func own(_ shapes: [String: [Int]]) -> [String: [Int]] {
    guard !isPlain else { return shapes }
    var result = shapes
    if let extra { result["reg_token"] = result.removeValue(forKey: extra) }
    if hasPositions { result["pos_embed"]![1] += (hasClassToken ? 1 : 0) - placedCount }
    return result
  }

  /// A file's tensors as the encoder's.
  func own(_ state: [String: Tensor]) -> [String: Tensor] {
    guard !isPlain else { return state }
    var result = state
    let extras = extra.flatMap { result.removeValue(forKey: $0) }
    result["reg_token"] = extras
    guard hasPositions, let positions = state["pos_embed"] else { return result }
    return noGrad {
      let own = hasClassToken ? 1 : 0
      let patches = positions.narrowed(1, start: placedCount, count: positions.shape[1] - placedCount)
      if let extras, placedCount > own {
        result["reg_token"] = extras + positions.narrowed(1, start: own, count: extraCount)
      }
      let first =
        placedCount == 0
        ? patches.narrowed(1, start: 0, count: 1).zerosLike() : positions.narrowed(1, start: 0, count: 1)
      result["pos_embed"] = hasClassToken ? Tensor.concatenate([first, patches], along: 1) : patches
      return result
    }
  }

  /// The positions of an encoder's tokens as timm's default layout has them: zeros for registers.
  static func written(_ positions: Tensor, of config: VisionTransformer.Config) -> Tensor {
    guard config.registers > 0 else { return positions }
    return noGrad {
      let own = config.classToken ? 1 : 0
      let patches = positions.narrowed(1, start: own, count: config.grid.count)
      let registers = Tensor.zeros([1, config.registers, config.embeddingDimension], device: positions.device)
      return Tensor.concatenate([positions.narrowed(1, start: 0, count: own), registers, patches], along: 1)
    }
  }
}
