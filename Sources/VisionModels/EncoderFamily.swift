/// The published vision transformers that a file without metadata may hold, told apart by width and depth.
///
/// The number of heads is not in any tensor. The table has what the papers and timm 1.0 (`timm/models/vision_transformer.py`)
/// give each width. Larger ones are not among them: their hidden layers are no multiple of the width, or gated.
struct EncoderFamily: CustomStringConvertible {
  /// Attention heads.
  let heads: Int
  /// The shape as the papers name it.
  private let name: String
  /// Whether every published encoder of that width and depth has so many heads.
  private let isCertain: Bool

  /// - Parameter prefix: what the encoder's names begin with; MoCo v3's files have `base_encoder` in it.
  init?(width: Int, depth: Int, prefix: String) {
    let isMoCo = prefix.contains("base_encoder") || prefix.contains("momentum_encoder")
    if isMoCo, width == 384 {
      // moco-v3/vits.py: vit_small has 12 heads, unlike DeiT's.
      (heads, name, isCertain) = (12, "MoCo v3's ViT-S", true)
      return
    }
    if let known = EncoderFamily.published[width] {
      heads = known.heads
      name = known.name
      isCertain = known.depths.contains(depth) && (width != 384 || isMoCo)
      return
    }
    guard width % 64 == 0 else { return nil }
    (heads, name, isCertain) = (width / 64, "heads of 64 channels", false)
  }

  /// The heads, and how sure they are.
  var description: String {
    let advice = isCertain ? "" : "; --heads N says otherwise"
    return "\(heads) attention heads (\(name)\(advice))"
  }

  private static let published: [Int: (heads: Int, name: String, depths: Set<Int>)] = [
    192: (3, "DeiT's ViT-Ti", [12]), 384: (6, "DeiT's ViT-S; MoCo v3's has 12", [12]), 768: (12, "ViT-B", [12]),
    1024: (16, "ViT-L", [24]), 1280: (16, "ViT-H", [32]),
  ]
}
