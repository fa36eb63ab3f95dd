import DurableFiles
public import Foundation
public import ImageCoding
public import Torch

/// The encoder of DALL-E's discrete variational autoencoder (openai/DALL-E, dall_e/encoder.py): images to logits of
/// visual words, 8 × 8 pixels a word. It is never trained here.
///
/// Four groups of residual convolution blocks; the first three halve the size. On a CUDA device all but the last convolution
/// work in float16, as published.
public final class DalleEncoder {
  /// Side of a word's patch in pixels.
  public static let patchSize = 8

  /// The widths that decide every tensor's shape.
  public struct Shape: Hashable, Sendable {
    /// Channels of the first group; each further group has twice as many.
    public var width = 256
    /// Blocks of a group.
    public var blocksPerGroup = 2
    /// Words.
    public var vocabulary = 8192

    /// The published encoder's.
    public init() {}

    /// The shape of every tensor, by its published name.
    public var tensorShapes: [String: [Int]] {
      var result: [String: [Int]] = [:]
      func add(_ name: String, _ inputs: Int, _ outputs: Int, kernel: Int) {
        result[name + ".w"] = [outputs, inputs, kernel, kernel]
        result[name + ".b"] = [outputs]
      }
      add("blocks.input", 3, width, kernel: 7)
      for group in 1...DalleEncoder.groupCount {
        let outputs = width << (group - 1)
        for block in 1...blocksPerGroup {
          let prefix = "blocks.group_\(group).block_\(block)."
          let inputs = block == 1 && group > 1 ? outputs / 2 : outputs
          add(prefix + "res_path.conv_1", inputs, outputs / 4, kernel: 3)
          add(prefix + "res_path.conv_2", outputs / 4, outputs / 4, kernel: 3)
          add(prefix + "res_path.conv_3", outputs / 4, outputs / 4, kernel: 3)
          add(prefix + "res_path.conv_4", outputs / 4, outputs, kernel: 1)
          if inputs != outputs { add(prefix + "id_path", inputs, outputs, kernel: 1) }
        }
      }
      add("blocks.output.conv", width << (DalleEncoder.groupCount - 1), vocabulary, kernel: 1)
      return result
    }

    /// Multiply-adds of all convolutions for each word; each further group works on a quarter of the pixels.
    public var multiplyAddsPerWord: Double {
      tensorShapes.filter { $0.key.hasSuffix(".w") }.reduce(0) { sum, tensor in
        let group = (1...DalleEncoder.groupCount).first { tensor.key.hasPrefix("blocks.group_\($0).") }
        let halvings = tensor.key.hasPrefix("blocks.output") ? DalleEncoder.groupCount - 1 : (group ?? 1) - 1
        let pixels = (DalleEncoder.patchSize * DalleEncoder.patchSize) >> (2 * halvings)
        return sum + Double(tensor.value.reduce(pixels, *))
      }
    }
  }

  private static let groupCount = 4

  /// The shape.
  public let shape: Shape
  /// Where the weights are.
  public let device: Device
  private let weights: [String: Tensor]

  /// An encoder with weights under their published names.
  ///
  /// - Parameters:
  ///   - state: the weights.
  ///   - name: where they are from, for errors.
  ///   - device: where the weights go.
  /// - Throws: ``EncoderFileError`` where a tensor is missing, left over or misshapen.
  public init(_ state: [String: Tensor], from name: String, device: Device = .cpu) throws {
    func fail(_ reason: String) -> EncoderFileError {
      EncoderFileError(path: name, problem: .unclearShape("these are not the weights of DALL-E's encoder: \(reason)"))
    }
    var shape = Shape()
    guard let input = state["blocks.input.w"]?.shape, input.count == 4,
      let output = state["blocks.output.conv.w"]?.shape, output.count == 4
    else { throw fail("'blocks.input.w' and 'blocks.output.conv.w' are not both there") }
    shape.width = input[0]
    shape.vocabulary = output[0]
    shape.blocksPerGroup = max(
      1, Set(state.keys.filter { $0.hasPrefix("blocks.group_1.") }.map { $0.split(separator: ".")[2] }).count)
    let expected = shape.tensorShapes
    let wrong = Set(expected.keys).union(state.keys).filter { state[$0]?.shape != expected[$0] }.sorted()
    guard wrong.isEmpty else {
      throw fail("\(wrong.count) tensors are missing, unknown or of another shape, such as '\(wrong[0])'")
    }
    if let name = state.firstNonFinite { throw fail("'\(name)' holds NaN or an infinity") }
    self.shape = shape
    self.device = device
    weights = Dictionary(
      uniqueKeysWithValues: state.map { key, value in
        let isHalf = device.kind == .cuda && !key.hasPrefix("blocks.output")
        return (key, value.to(device).to(isHalf ? .float16 : .float32))
      })
  }

  /// Reads the file that `scripts/convert_dalle.py` writes.
  ///
  /// - Throws: `FileError` and `SafetensorsError` where it cannot be read, ``EncoderFileError`` where it holds something else.
  public convenience init(reading url: URL, device: Device = .cpu) throws {
    try self.init(try SafetensorsFile(url).tensors(), from: url.path, device: device)
  }

  /// Logits of the words.
  ///
  /// - Parameter images: `[B, 3, H, W]`, pixels in [0, 1] times 0.8 plus 0.1; H and W divisible by 8.
  /// - Returns: `[B, words, H / 8, W / 8]` float32.
  public func callAsFunction(_ images: Tensor) -> Tensor {
    noGrad {
      var hidden = convolved(images.to(weights["blocks.input.w"]!.dtype), "blocks.input", kernel: 7)
      for group in 1...DalleEncoder.groupCount {
        for block in 1...shape.blocksPerGroup { hidden = self.block(hidden, "blocks.group_\(group).block_\(block).") }
        if group < DalleEncoder.groupCount { hidden = hidden.maximumPooled(2) }
      }
      return convolved(hidden.relu().to(.float32), "blocks.output.conv", kernel: 1)
    }
  }

  private func block(_ input: Tensor, _ prefix: String) -> Tensor {
    var residual = input
    for (number, kernel) in [(1, 3), (2, 3), (3, 3), (4, 1)] {
      residual = convolved(residual.relu(), prefix + "res_path.conv_\(number)", kernel: kernel)
    }
    let layers = Double(DalleEncoder.groupCount * shape.blocksPerGroup)
    residual.multiplyInPlace(1 / (layers * layers))
    let identity = weights[prefix + "id_path.w"] == nil ? input : convolved(input, prefix + "id_path", kernel: 1)
    return identity + residual
  }

  private func convolved(_ input: Tensor, _ name: String, kernel: Int) -> Tensor {
    input.convolved(weights[name + ".w"]!, bias: weights[name + ".b"]!, padding: (kernel - 1) / 2)
  }
}

extension PixelNormalization {
  /// The map of DALL-E's encoder, 0.8 x + 0.1, as a mean and a standard deviation (dall_e/utils.py).
  public static let logitLaplace = PixelNormalization(
    mean: [Double](repeating: -0.125, count: 3), standardDeviation: [Double](repeating: 1.25, count: 3))
}
