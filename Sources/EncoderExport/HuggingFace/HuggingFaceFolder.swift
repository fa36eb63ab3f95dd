import DurableFiles
package import Foundation
package import Torch

/// A folder that `from_pretrained` of `transformers` loads: `config.json`, `model.safetensors`,
/// `preprocessor_config.json` and a model card, `README.md`.
package enum HuggingFaceFolder {
  /// The files of a folder.
  package static let files = ["README.md", "config.json", "model.safetensors", "preprocessor_config.json"]

  /// Writes a network; a folder of that name is replaced.
  ///
  /// - Throws: `FileError`. What has no counterpart is refused before, by ``NetworkExport``.
  package static func write(_ network: ExportedNetwork, to url: URL) throws {
    let tensors = try tensors(of: network)
    try AtomicFolder.create(url) { folder in
      try HuggingFaceConfig.value(of: network).file.write(to: folder.appending(path: "config.json"))
      try ImageProcessorConfig.value(of: network).file.write(to: folder.appending(path: "preprocessor_config.json"))
      try Data(ModelCard.text(of: network).utf8).write(to: folder.appending(path: "README.md"))
      try SafetensorsWriter.write(
        tensors.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }, metadata: ["format": "pt"],
        to: folder.appending(path: "model.safetensors"))
    }
  }

  /// The tensors of `model.safetensors`.
  package static func tensors(of network: ExportedNetwork) throws -> [String: Tensor] {
    try HuggingFaceState(of: network).tensors
  }
}
