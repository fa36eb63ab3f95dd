import Torch
public import TorchNN
public import VisionModels

/// An encoder with DINO's head: the student, and in the same shape the teacher.
public final class DINOModel: Module {
  /// What remains after pretraining, of the teacher.
  public let encoder: VisionTransformer
  /// From class token to outputs.
  public let head: DINOHead

  /// Crops of one size, ready for the encoder.
  struct Crops {
    /// All patches of every crop.
    let sequences: PatchSequences
    /// The grid that they form.
    let grid: PatchGrid
  }

  /// Fresh weights; encoder first, so that its draws do not depend on the head.
  ///
  /// - Throws: `InvalidSetting` for a shape that cannot be built.
  public init(
    encoder: VisionTransformer.Config, config: DINO.ResolvedConfig, using generator: inout some RandomNumberGenerator
  ) throws {
    try config.config.validate(encoder: encoder)
    self.encoder = try VisionTransformer(encoder, using: &generator)
    head = DINOHead(inputs: encoder.embeddingDimension, config: config, using: &generator)
  }

  /// Runs crops of each size through the encoder in one pass, and all of them through the head at once.
  ///
  /// - Parameter depth: branches to leave out, for each size; empty keeps all.
  /// - Returns: `[all crops, outputs]`, in order; and the encoder's tokens of the first size, `[S, N, D]`.
  func callAsFunction(_ groups: [Crops], depth: [StochasticDepth?] = []) -> (outputs: Tensor, encoded: Tensor) {
    let tokens = groups.enumerated().map { index, crops in
      encode(crops, depth: depth.isEmpty ? nil : depth[index])
    }
    // The class tokens describe the crops.
    let descriptors = tokens.map { encoder.norm($0.selected(1, 0)) }
    return (head(descriptors.count == 1 ? descriptors[0] : Tensor.concatenate(descriptors)), tokens[0])
  }

  /// The tokens after the last block, `[S, N, D]`.
  private func encode(_ crops: Crops, depth: StochasticDepth?) -> Tensor {
    guard let table = encoder.patchPositions else { preconditionFailure("DINO's configuration asks for positions") }
    let positions = PositionTable.interpolated(table, from: encoder.config.grid, to: crops.grid)
    return encoder.runBlocks(encoder.embed(crops.sequences, positions: positions), depth: depth)
  }
}

/// What is not trained: the student's moving average, and the centre of its outputs.
public final class DINOTeacher: Module {
  /// The moving average.
  public let network: DINOModel
  /// The running mean of the outputs, `[1, outputs]`.
  public let center: Parameter

  /// A teacher around a network, which takes no gradients any more; the centre is zero.
  init(_ network: DINOModel) {
    self.network = network
    center = Parameter(Tensor.zeros([1, network.head.lastLayer.weightV.value.shape[0]]))
    super.init()
    setRequiresGradient(false)
  }
}
