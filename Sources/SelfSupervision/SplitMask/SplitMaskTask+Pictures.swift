public import ImageLoading
import Torch
public import Training

extension SplitMaskTask {
  /// Rows of image, what A saw, what A inpainted, what B saw, what B inpainted; of a full sequence, the image, what it saw
  /// and what it inpainted; nothing without words.
  public func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] {
    guard computation.config.inpaint else { return [] }
    let input = prepare(batch, in: context)
    let predicted = computation.predictedWords(input)
    let inpainted = computation.tokenizer.wordPatches(predicted)
    let looks = (0..<input.split.branchCount).map {
      ReconstructionSheet.Look(branch: $0, of: input.split, patches: inpainted)
    }
    return ReconstructionSheet(patchifier: computation.patchifier, patches: input.patches, looks: looks).pictures(
      columns: computation.config.pictureColumns, caption: ReconstructionSheet.wordCaption,
      normalization: computation.normalization)
  }
}

extension SplitMask.Config {
  /// What the columns of the method's pictures show, from left to right; empty where it makes none.
  public var pictureColumns: [String] {
    guard inpaint else { return [] }
    return split
      ? ["the image", "what A saw", "what A inpainted", "what B saw", "what B inpainted"]
      : ["the image", "what the encoder saw", "what it inpainted"]
  }
}

extension SplitMaskStep {
  /// The most probable words at the missing places, `[R]` int64.
  func predictedWords(_ input: Input) -> Tensor {
    noGrad {
      let hidden = model(sequences(input), split: input.split, depth: nil).missing
      return model.decoder.head(hidden).argmax(1)
    }
  }
}
