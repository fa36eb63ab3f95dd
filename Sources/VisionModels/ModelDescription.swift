import DurableFiles
import Foundation

/// What `config.json` and `preprocessor_config.json` in the folder of a model say, as Hugging Face's `transformers` and timm write
/// them, in the words of an encoder file's metadata.
enum ModelDescription {
  private struct Model: Decodable {
    var modelType: String?
    var attentionHeads: Int?
    var imageSize: ImageSize?
    var normEpsilon: Double?
    var activation: String?
    /// What the angles of rotary positions fall by.
    var rotaryBase: Double?
    /// A classifier's classes by their numbers.
    var classes: [String: String]?
    /// timm's.
    var pretrained: Pixels?

    /// In their order; nil where their numbers are not 0, 1, ….
    var classNames: [String]? {
      classes.flatMap { classes in
        let names = (0..<classes.count).compactMap { classes["\($0)"] }
        return names.count == classes.count ? names : nil
      }
    }

    enum CodingKeys: String, CodingKey {
      case modelType = "model_type", attentionHeads = "num_attention_heads", imageSize = "image_size"
      case normEpsilon = "layer_norm_eps", rotaryBase = "rope_theta", activation = "hidden_act", classes = "id2label",
        pretrained =
        "pretrained_cfg"
    }
  }

  private struct Pixels: Decodable {
    var mean: [Double]?
    var std: [Double]?

    enum CodingKeys: String, CodingKey { case mean, std }
  }

  private struct Processor: Decodable {
    var mean: [Double]?
    var std: [Double]?

    enum CodingKeys: String, CodingKey { case mean = "image_mean", std = "image_std" }
  }

  /// What the files beside a file of weights say; empty where there are none of these programs.
  ///
  /// - Throws: ``EncoderFileError`` for a network that computes something else.
  static func beside(_ url: URL) throws -> [String: String] {
    let folder = url.deletingLastPathComponent()
    let file = folder.appending(path: "config.json")
    guard let model = decoded(Model.self, file), model.modelType != nil || model.pretrained != nil else { return [:] }
    var result: [String: String] = [:]
    func set(_ key: String, _ value: (some Encodable)?) throws {
      guard let value else { return }
      result[key] = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }
    if model.modelType != nil {
      guard [nil, "gelu"].contains(model.activation) else {
        throw EncoderFileError(
          path: file.path,
          problem: .badMetadata(key: "hidden_act", value: "\(model.activation!); only \"gelu\" is known"))
      }
      guard [nil, RotaryPositions.base].contains(model.rotaryBase) else {
        throw EncoderFileError(
          path: file.path,
          problem: .badMetadata(
            key: "rope_theta", value: "\(model.rotaryBase!); only \(RotaryPositions.base), DINOv3's, is known"))
      }
      if model.rotaryBase != nil { try set("rotary_positions", true) }
      try set("heads", model.attentionHeads)
      try set("image_size", model.imageSize)
      try set("norm_epsilon", model.normEpsilon)
      try set("class_names", model.classNames)
    }
    let processor = decoded(Processor.self, folder.appending(path: "preprocessor_config.json"))
    try set("mean", processor?.mean ?? model.pretrained?.mean)
    try set("std", processor?.std ?? model.pretrained?.std)
    return result
  }

  private static func decoded<Value: Decodable>(_ type: Value.Type, _ file: URL) -> Value? {
    (try? Data(contentsOf: file)).flatMap { try? JSONDecoder().decode(type, from: $0) }
  }
}
