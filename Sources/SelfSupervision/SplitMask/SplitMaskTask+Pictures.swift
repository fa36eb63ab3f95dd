public import ImageData
import Torch
public import Training

extension SplitMaskTask {
  private static let pictureRows = 8

  /// Rows of image, what A saw, what A inpainted, what B saw, what B inpainted; nothing without halves or words.
  public func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] {
    guard computation.config.split, computation.config.inpaint else { return [] }
    let input = prepare(batch, in: context)
    let shown = min(SplitMaskTask.pictureRows, batch.count)
    let predicted = computation.predictedWords(input)
    let sheet = ReconstructionSheet(computation: computation, input: input, predicted: predicted)
    return [TrainingPicture(name: "reconstruction", image: sheet.draw(rows: shown))]
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
