import DenseTasks
import Evaluation
import Training
import TrainingCost

extension SegmentationConfig {
  /// The network in a line.
  var summary: String {
    "UPerNet, \(segmenter.channels) channels, parts of \(augmentation.cropSize) pixels, around a "
      + "\(model.architecture.rawValue), width \(model.embeddingDimension), depth \(model.blockCount), patches of "
      + "\(model.patchSize)"
  }

  /// Multiply-adds of an update for each of its images, in so many times the run's sides.
  func multiplyAddsPerImage(scale: Double) -> Double {
    let side = scale * Double(augmentation.cropSize)
    return 3 * forward(height: side, width: side)
  }

  /// What evaluations add to the updates.
  func evaluationCost(images: Int) -> EvaluationCost {
    let (short, long) = (Double(evaluation.shortSide), Double(evaluation.longSide))
    let (height, width) = (short, min(long, short * DenseWork.aspect))
    var work = 0.0
    for scale in evaluation.scales {
      let sides = [height * scale, width * scale]
      let window = evaluation.window.map(Double.init) ?? .infinity
      let windows = sides.reduce(1.0) { $0 * max(1, (($1 - window) / Double(evaluation.stride)).rounded(.up) + 1) }
      work += windows * forward(height: min(sides[0], window), width: min(sides[1], window))
    }
    return EvaluationCost(
      images: images, everyEpochs: evaluation.everyEpochs,
      work: 3 * work * (evaluation.flips ? 2 : 1) / multiplyAddsPerImage(scale: 1))
  }

  private func forward(height: Double, width: Double) -> Double {
    let work = DenseWork(encoder: model)
    let patches = work.patches(height: height, width: width)
    let channels = Double(segmenter.channels)
    // The maps are fused at stride 4, sixteen positions a patch, by one convolution of four times the channels.
    return work.backbone(patches: patches) + work.pyramid(patches: patches, channels: segmenter.channels)
      + 16 * patches * 9 * 4 * channels * channels
  }
}

extension SegmentationAugmentation {
  /// The same with so many times its sides.
  func scaled(_ scale: Double) -> SegmentationAugmentation {
    func scaled(_ side: Int) -> Int { max(1, Int((scale * Double(side)).rounded())) }
    var result = self
    (result.shortSide, result.longSide, result.cropSize) = (scaled(shortSide), scaled(longSide), scaled(cropSize))
    return result
  }
}
