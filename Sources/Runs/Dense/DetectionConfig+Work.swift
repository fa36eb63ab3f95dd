import DenseTasks
import Evaluation
import Training
import TrainingCost

extension DetectionConfig {
  /// The network in a line.
  var summary: String {
    let sides = "\(augmentation.shortSides.min() ?? 0) to \(augmentation.shortSides.max() ?? 0)"
    return "Mask R-CNN, \(detector.channels) channels, images of \(sides) pixels, around a "
      + "\(model.architecture.rawValue), width \(model.embeddingDimension), depth \(model.blockCount), patches of "
      + "\(model.patchSize)"
  }

  /// Multiply-adds of an update for each of its images, in so many times the run's sides.
  func multiplyAddsPerImage(scale: Double) -> Double {
    let short = scale * augmentation.meanShortSide
    // Of the regions that are drawn an eighth shows an object, at first fewer, later twice as many.
    return 3
      * forward(
        shortSide: short, longSide: scale * Double(augmentation.longSide), regions: detector.sampler.count,
        masks: detector.sampler.count / 8)
  }

  /// What evaluations add to the updates.
  func evaluationCost(images: Int) -> EvaluationCost {
    let view = evaluation.view
    let work = forward(
      shortSide: Double(view.shortSide), longSide: Double(view.longSide), regions: detector.proposals.proposalCount,
      masks: detector.selection.limit / 4)
    return EvaluationCost(
      images: images, everyEpochs: evaluation.everyEpochs, work: 3 * work / multiplyAddsPerImage(scale: 1))
  }

  private func forward(shortSide: Double, longSide: Double, regions: Int, masks: Int) -> Double {
    let work = DenseWork(encoder: model)
    let patches = work.patches(height: shortSide, width: min(longSide, shortSide * DenseWork.aspect))
    let (channels, hidden) = (Double(detector.channels), Double(detector.hiddenWidth))
    // The convolution of the region proposals has the pyramid's form.
    let maps = work.backbone(patches: patches) + 2 * work.pyramid(patches: patches, channels: detector.channels)
    let boxes = Double(regions) * (49 * channels * hidden + hidden * hidden)
    // Four convolutions on 14 × 14, one to 28 × 28.
    let shapes = detector.findsMasks ? Double(masks) * channels * channels * (4 * 196 * 9 + 4 * 196) : 0
    return maps + boxes + shapes
  }
}

extension DetectionAugmentation {
  /// Of the images that are seen.
  var meanShortSide: Double { Double(shortSides.reduce(0, +)) / Double(shortSides.count) }

  /// Images of one size, the mean of those that are drawn, in so many times its sides.
  func middling(scale: Double) -> DetectionAugmentation {
    func scaled(_ side: Int) -> Int { max(1, Int((scale * Double(side)).rounded())) }
    var result = self
    result.shortSides = [scaled(Int(meanShortSide.rounded()))]
    result.longSide = scaled(longSide)
    result.cropShortSides = cropShortSides.map(scaled)
    result.cropSides = cropSides.map(scaled)
    return result
  }
}
