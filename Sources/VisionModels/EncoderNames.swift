/// The names of an encoder's tensors in files of timm, DeiT, MAE, DINO and BEiT (METHODS §1.3), told apart by the names alone.
///
/// In memory they are timm's plain vision transformer's, with BEiT's for what only BEiT has. DINO's come behind `backbone.`,
/// `module.` and the like, BEiT calls layer scale `gamma_1` and `gamma_2`; what pretraining needs and an encoder lacks
/// (heads, mask tokens, MAE's decoder) is left aside.
struct EncoderNames {
  /// Our name of every tensor that belongs to an encoder, by the file's.
  let encoder: [String: String]
  /// The file's names of the others, sorted.
  let ignored: [String]

  private static let wrappers: Set<Substring> = ["module", "model", "state_dict", "student", "teacher", "backbone"]
  /// First parts of names that are no part of an encoder.
  private static let others: Set<Substring> = ["head", "fc_norm", "lm_head", "mask_token", "head_dist"]
  /// First parts of what a checkpoint holds beside its network.
  private static let besides: Set<Substring> = [
    "optimizer", "lr_scheduler", "scheduler", "scaler", "amp", "dino_loss", "model_ema", "epoch",
  ]

  init(of names: some Collection<String>) {
    // Of DINO's two networks the teacher is the better one.
    let hasTeacher = names.contains { $0.hasPrefix("teacher.") }
    var encoder: [String: String] = [:]
    var ignored: [String] = []
    for name in names {
      if let own = EncoderNames.own(name), !(hasTeacher && name.hasPrefix("student.")) {
        encoder[name] = own
      } else {
        ignored.append(name)
      }
    }
    self.encoder = encoder
    self.ignored = ignored.sorted()
  }

  /// A file's tensors, or their shapes, by our names.
  ///
  /// - Throws: ``EncoderFileError`` where two of the file's names mean one tensor.
  func state<Value>(_ values: [String: Value], path: String) throws -> [String: Value] {
    var result: [String: Value] = [:]
    for (name, own) in encoder {
      guard result.updateValue(values[name]!, forKey: own) == nil else {
        throw EncoderFileError(
          path: path, problem: .unclearShape("it holds '\(own)' twice, as '\(name)' and under another name"))
      }
    }
    return result
  }

  /// Whether the classifier normalises averaged patches, in the place of the encoder's last normalisation.
  var hasClassifierNorm: Bool { ignored.contains { $0.hasSuffix("fc_norm.weight") } }

  /// The name of a part of a classifier's head; nil for what is none.
  static func classifierName(_ name: String) -> String? {
    let parts = name.split(separator: ".").drop { wrappers.contains($0) }
    return parts.first.flatMap { ["head", "fc_norm"].contains($0) ? parts.joined(separator: ".") : nil }
  }

  /// Our name; nil for what is no part of an encoder.
  private static func own(_ name: String) -> String? {
    var parts = name.split(separator: ".").drop { wrappers.contains($0) }
    guard let first = parts.first, !others.contains(first), !besides.contains(first),
      !first.hasPrefix("decoder_")
    else { return nil }
    switch parts.last {
    case "relative_position_index": return nil
    case "gamma_1": parts = parts.dropLast() + ["ls1", "gamma"]
    case "gamma_2": parts = parts.dropLast() + ["ls2", "gamma"]
    default: break
    }
    return parts.joined(separator: ".")
  }

  /// What a file calls a tensor: timm's plain name, or timm's BEiT's where keys have no bias.
  static func written(_ own: String, config: VisionTransformer.Config) -> String {
    guard !config.keyBias else { return own }
    for (suffix, name) in [("ls1.gamma", "gamma_1"), ("ls2.gamma", "gamma_2")] where own.hasSuffix(suffix) {
      return own.dropLast(suffix.count) + name
    }
    return own
  }
}
