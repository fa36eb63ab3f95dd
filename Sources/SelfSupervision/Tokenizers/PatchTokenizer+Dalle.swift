import DurableFiles
import Foundation
import ImageData
import SplitMaskCore
public import Torch
import VisionModels

extension PatchTokenizer {
  /// DALL-E's words: `DalleEncoder`.
  ///
  /// - Parameters:
  ///   - specification: with a grid, and the file of the weights in its configuration.
  ///   - device: the device to compute on.
  /// - Throws: `InvalidSetting` where the file is missing or has another number of words; `FileError`, `SafetensorsError` and
  ///   `EncoderFileError` about its content.
  public static func dalle(_ specification: Specification, device: Device) throws -> PatchTokenizer {
    try specification.config.validateWeights()
    let url = URL(fileURLWithPath: specification.config.weights ?? "")
    let encoder = try DalleEncoder(reading: url, device: device)
    let words = encoder.shape.vocabulary
    guard words == specification.config.vocabulary else {
      throw InvalidSetting(
        "tokenizer.vocabulary",
        "\(url.path) has \(words) words, not \(specification.config.vocabulary); use --vocabulary \(words)")
    }
    guard let grid = specification.grid else {
      throw InvalidSetting("tokenizer.kind", "DALL-E's words need to know the grid of an image's patches")
    }
    let digest = try MappedFile(url).withBytes { "\(ContentDigest($0))" }
    return PatchTokenizer(
      specification, lookup: DalleLookup(encoder: encoder, grid: grid),
      prototypes: Tensor.zeros([words, specification.dimension], device: device), weightsDigest: digest)
  }
}

extension PatchTokenizer.Config {
  /// - Throws: `InvalidSetting` where DALL-E's weights are not there, or cannot be used as the settings say.
  func validateWeights() throws {
    let source = """
      download encoder.pkl from the address in the README of https://github.com/openai/DALL-E and convert it: \
      python3 scripts/convert_dalle.py encoder.pkl dall-e.safetensors
      """
    guard let weights else {
      throw InvalidSetting(
        "tokenizer.weights",
        "DALL-E's words need its weights: --dall-e-weights dall-e.safetensors. To get them, \(source)")
    }
    guard FileManager.default.fileExists(atPath: weights) else {
      throw InvalidSetting("tokenizer.weights", "there is no file \(weights). To get DALL-E's weights, \(source)")
    }
    guard view == .automatic else {
      throw InvalidSetting("tokenizer.view", "DALL-E's words are always of 8 × 8 pixels; leave it at automatic")
    }
  }
}
