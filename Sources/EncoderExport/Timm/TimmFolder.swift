import DurableFiles
package import Foundation
import ImageCoding
package import Torch
import VisionModels

/// A folder that `timm.create_model("local-dir:…")` loads: `config.json` as timm's models on Hugging Face have it, and
/// `model.safetensors`.
package enum TimmFolder {
  /// The files of a folder.
  package static let files = ["config.json", "model.safetensors"]

  /// Writes a network; a folder of that name is replaced.
  ///
  /// - Throws: `FileError`. What has no counterpart is refused before, by ``NetworkExport``.
  package static func write(_ network: ExportedNetwork, to url: URL) throws {
    let tensors = try tensors(of: network)
    try AtomicFolder.create(url) { folder in
      try config(of: network).file.write(to: folder.appending(path: "config.json"))
      try SafetensorsWriter.write(
        tensors.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }, metadata: ["format": "pt"],
        to: folder.appending(path: "model.safetensors"))
    }
  }

  /// The tensors of `model.safetensors`.
  package static func tensors(of network: ExportedNetwork) throws -> [String: Tensor] {
    var network = network
    var (state, config) = (network.stateWithoutKeyBias, network.config)
    if TimmFamily(of: network) == .beit {
      config.keyBias = false
    } else {
      network = try network.converted { $0.keyBias = true }
      (state, config) = (network.state, network.config)
    }
    return noGrad {
      Dictionary(
        uniqueKeysWithValues: state.map { key, value in
          (
            EncoderFile.writtenName(of: key, config: config),
            EncoderFile.writtenValue(of: key, value, config: config).to(.cpu).contiguous()
          )
        })
    }
  }

  /// What `config.json` holds.
  static func config(of network: ExportedNetwork) -> JSONValue {
    let (config, size) = (network.config, network.config.imageSize)
    let count = network.head?.classNames.count ?? 0
    var values: [String: JSONValue] = [
      "architecture": .text(TimmFamily(of: network).architecture(config)), "num_classes": .int(count),
      "num_features": .int(config.embeddingDimension), "global_pool": .text(pooling(of: network)),
      "model_args": .object(arguments(of: network)),
      "pretrained_cfg": [
        "input_size": .list([config.channels, size.height, size.width]), "fixed_input_size": true,
        "interpolation": "bicubic", "crop_mode": "center",
        "crop_pct": .double(Double(network.view.crop) / Double(network.view.resize)),
        "mean": .list(network.normalization.mean), "std": .list(network.normalization.standardDeviation),
        "num_classes": .int(count), "first_conv": "patch_embed.proj", "classifier": "head",
      ],
    ]
    if let names = network.head?.classNames { values["label_names"] = .list(names) }
    return .object(values)
  }

  /// An encoder gives the mean of the patch tokens, as this program's own features.
  private static func pooling(of network: ExportedNetwork) -> String {
    network.head?.pooling == .classToken ? "token" : "avg"
  }

  private static func arguments(of network: ExportedNetwork) -> [String: JSONValue] {
    let config = network.config
    var arguments: [String: JSONValue] = [
      "img_size": .list([config.imageSize.height, config.imageSize.width]), "patch_size": .int(config.patchSize),
      "in_chans": .int(config.channels), "embed_dim": .int(config.embeddingDimension),
      "depth": .int(config.blockCount), "num_heads": .int(config.heads), "mlp_ratio": .double(Double(config.mlpRatio)),
      "global_pool": .text(pooling(of: network)),
    ]
    if let layerScale = config.layerScale { arguments["init_values"] = .double(layerScale) }
    switch TimmFamily(of: network) {
    case .visionTransformer:
      arguments["class_token"] = .bool(config.classToken)
      arguments["reg_tokens"] = .int(config.registers)
      arguments["fc_norm"] = .bool(network.poolsMean)
    case .beit:
      arguments["use_abs_pos_emb"] = .bool(config.absolutePositions)
      arguments["use_rel_pos_bias"] = .bool(config.relativePositionBias == .perBlock)
      arguments["use_shared_rel_pos_bias"] = .bool(config.relativePositionBias == .shared)
      arguments["use_fc_norm"] = .bool(network.poolsMean)
      // The named network has layer scale.
      if config.layerScale == nil { arguments["init_values"] = 0.0 }
    }
    return arguments
  }
}
