import DurableFiles
import Foundation

/// What `config.json` and `preprocessor_config.json` in the folder of a model say, as Hugging Face's `transformers` and timm write
/// them, in the words of an encoder file's metadata.
enum ModelDescription {
  private static let names = ["config.json", "preprocessor_config.json"]

  /// Those that lie beside a file of weights and are of these programs.
  static func files(beside url: URL) -> [URL] {
    let files = names.map { url.deletingLastPathComponent().appending(path: $0) }
      .filter { FileManager.default.fileExists(atPath: $0.path) }
    return files.first?.lastPathComponent == names[0] ? files : []
  }

  /// What the files beside a file of weights say; empty where there are none of these programs.
  ///
  /// - Throws: ``EncoderFileError`` for a network that computes something else, and for what cannot be understood.
  static func beside(_ url: URL) throws -> [String: String] {
    let files = files(beside: url)
    guard let first = files.first else { return [:] }
    let model = try DescriptionFile(first)
    // Of other kinds these are some other program's.
    let pretrained = try? model.object("pretrained_cfg")
    let architecture = try? model.text("architecture")
    var result: [String: String] = [:]
    func set(_ key: String, _ value: (some Encodable)?) throws {
      guard let value else { return }
      result[key] = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }
    if try model.text("model_type") != nil {
      let activation = try model.text("hidden_act")
      guard [nil, "gelu"].contains(activation) else {
        throw model.unknown("hidden_act", activation!, known: "\"gelu\"")
      }
      let rotaryBase = try model.number("rope_theta")
      guard [nil, RotaryPositions.base].contains(rotaryBase) else {
        throw model.unknown("rope_theta", "\(rotaryBase!)", known: "\(RotaryPositions.base), DINOv3's,")
      }
      if rotaryBase != nil { try set("rotary_positions", true) }
      try set("heads", model.count("num_attention_heads"))
      try set("depth", model.count("num_hidden_layers"))
      try set("image_size", model.imageSize)
      try set("norm_epsilon", model.number("layer_norm_eps"))
      try set("class_names", model.classNames)
    } else if let architecture {
      try checkComputes(architecture, in: model)
      if architecture.contains("dinov3") { try set("rotary_positions", true) }
      try set("heads", model.object("model_args")?.count("num_heads") ?? headsOfArchitecture(architecture))
    } else if pretrained == nil {
      return [:]
    }
    let processor = try files.dropFirst().first.map { try DescriptionFile($0) }
    let statistics = try processor?.statistics()
    try set("mean", statistics?.mean ?? pretrained?.numbers("mean"))
    try set("std", statistics?.deviation ?? pretrained?.numbers("std"))
    return result
  }

  /// timm's networks whose tensors have the names of others, and that compute something else.
  ///
  /// - Throws: ``EncoderFileError`` that says what.
  private static func checkComputes(_ architecture: String, in model: DescriptionFile) throws {
    let others = [
      ("_rope", "has rotary positions that are not DINOv3's"), ("_rpn", "normalises after each part of a block"),
      ("siglip", "has another GELU"), ("resnet", "has a ResNet before its patches"),
      ("_r26", "has a ResNet before its patches"), ("_r50", "has a ResNet before its patches"),
    ]
    guard !architecture.contains("dinov3"), let other = others.first(where: { architecture.contains($0.0) }) else {
      return
    }
    throw EncoderFileError(
      path: model.path, problem: .unclearShape("it is of timm's \(architecture), which \(other.1); these are not read"))
  }

  /// Attention heads of timm's networks that have not one of 64 channels each; nil of all others.
  private static func headsOfArchitecture(_ architecture: String) -> Int? {
    if architecture.hasPrefix("vit_base_patch16_gap_224") { return 16 }
    return architecture.hasPrefix("test_vit") ? 2 : nil
  }
}

/// A JSON object that describes a model, or one within it.
private struct DescriptionFile {
  let path: String
  private let content: [String: Any]

  /// - Throws: ``EncoderFileError`` for a file that is no JSON object.
  init(_ url: URL) throws {
    path = url.path
    guard let data = try? Data(contentsOf: url),
      let content = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else {
      throw EncoderFileError(
        path: url.path,
        problem: .unclearShape(
          "it is no JSON object, and it would say what the weights beside it are of; mend or remove it"))
    }
    self.content = content
  }

  private init(path: String, content: [String: Any]) { (self.path, self.content) = (path, content) }

  func unknown(_ key: String, _ value: String, known: String) -> EncoderFileError {
    EncoderFileError(path: path, problem: .unclearShape("its \(key) is \(value), and only \(known) is known"))
  }

  /// A value of a type; nil where there is none.
  private func value<Value>(_ key: String, _ what: String, _ read: (Any) -> Value?) throws -> Value? {
    guard let stored = content[key], !(stored is NSNull) else { return nil }
    guard let value = read(stored) else {
      throw EncoderFileError(path: path, problem: .unclearShape("its \(key) is \(stored), which is not \(what)"))
    }
    return value
  }

  func text(_ key: String) throws -> String? { try value(key, "text") { $0 as? String } }

  func number(_ key: String) throws -> Double? { try value(key, "a number") { $0 as? Double } }

  /// A whole number, also as text.
  func count(_ key: String) throws -> Int? {
    try value(key, "a whole number") { $0 as? Int ?? ($0 as? String).flatMap { Int($0) } }
  }

  func flag(_ key: String) throws -> Bool? { try value(key, "true or false") { $0 as? Bool } }

  func object(_ key: String) throws -> DescriptionFile? {
    try value(key, "an object") { $0 as? [String: Any] }.map { DescriptionFile(path: path, content: $0) }
  }

  /// One number a channel; one alone is of each of three.
  func numbers(_ key: String) throws -> [Double]? {
    try value(key, "a number, or one a channel") { stored in
      (stored as? Double).map { [$0, $0, $0] } ?? stored as? [Double]
    }
  }

  /// One number for a square, `[height, width]`, or both by name.
  var imageSize: ImageSize? {
    get throws {
      try value("image_size", "a size") { stored in
        if let side = stored as? Int { return ImageSize(side) }
        let named = (stored as? [String: Int]).flatMap { sides in
          ["height", "width"].compactMap { sides[$0] }
        }
        guard let sides = stored as? [Int] ?? named, sides.count == 2 else { return nil }
        return ImageSize(height: sides[0], width: sides[1])
      }
    }
  }

  /// In their order; nil where their numbers are not 0, 1, …, or they are no text.
  var classNames: [String]? {
    guard let classes = content["id2label"] as? [String: String] else { return nil }
    let names = (0..<classes.count).compactMap { classes["\($0)"] }
    return names.count == classes.count ? names : nil
  }

  /// What is subtracted from values of 0 to 1, and what divides them.
  ///
  /// - Throws: ``EncoderFileError`` for values of another range.
  func statistics() throws -> (mean: [Double]?, deviation: [Double]?) {
    let factor = try number("rescale_factor") ?? 1.0 / 255
    guard try flag("do_rescale") != false, abs(factor * 255 - 1) < 1e-6 else {
      throw unknown("rescale_factor", try flag("do_rescale") == false ? "off" : "\(factor)", known: "1/255")
    }
    guard try flag("do_normalize") != false else { return ([0, 0, 0], [1, 1, 1]) }
    return (try numbers("image_mean"), try numbers("image_std"))
  }
}
