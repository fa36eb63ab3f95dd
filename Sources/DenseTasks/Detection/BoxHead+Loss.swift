public import Torch

extension BoxHead {
  /// The two losses of the head.
  public struct Losses {
    /// Cross-entropy of the class.
    public let classification: Tensor
    /// The absolute error of the positives' changes for their own class.
    public let box: Tensor
  }

  /// Both losses summed and divided by the number of all sampled regions.
  public func losses(_ output: Output, sample: RegionSample, targets: [DetectionTarget]) -> Losses {
    let device = output.logits.device
    let divisor = Double(max(1, sample.regions.count))
    let wanted = zip(sample.positives, sample.truths).flatMap { position, truth in
      let region = sample.regions[position]
      let deltas = BoxCoder.boxHead.encode(targets[region.image].boxes[truth], from: region.box)
      return [deltas.x, deltas.y, deltas.z, deltas.w]
    }
    let rows = sample.positives.map { $0 * classCount + sample.labels[$0] }
    let predicted = output.deltas.reshaped([-1, 4]).indexSelect(0, Tensor(rows).to(device))
    let error = predicted - Tensor(wanted, shape: [rows.count, 4]).to(device)
    return Losses(
      classification: output.logits.summedCrossEntropy(Tensor(sample.labels).to(device)) / divisor,
      box: error.absolute().sum() / divisor)
  }
}
