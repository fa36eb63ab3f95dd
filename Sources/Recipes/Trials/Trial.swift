import Evaluation
import Foundation
import ImageData

/// One encoder and everything that it is judged by: what comparisons and experiments are made of.
struct Trial {
  /// Whose encoder it is, without its seed: a method, or what a recipe calls it; part of names of files.
  let name: String
  /// The seed of weights, order, draws and subsets.
  let seed: UInt64
  /// How it is pretrained; of fresh weights only model, device and precision count.
  let settings: PretrainConfig
  /// Whether it is pretrained at all.
  let isPretrained: Bool
  /// Whether its visual words are those of all trials of its seed.
  var sharesWords = false
  /// Whether a loss that stays infinite is a result, to be recorded, and no reason to end.
  var mayDiverge = false
  /// What is measured, in this order.
  let judgements: [Judgement]

  /// The name with the seed.
  var title: String { "\(name), seed \(seed)" }
  /// The name of its run folder and record.
  var slug: String { "\(name)-seed\(seed)" }
}

/// One measurement of a trial's encoder; it may give several figures.
struct Judgement {
  /// How it is measured.
  enum Measure {
    /// A linear classifier fitted to features.
    case probe
    /// A linear classifier trained by steps.
    case trainedProbe(TrainedProbe.Config)
    /// The nearest neighbours among features.
    case neighbours
    /// Training encoder and head; encoder, shape and device are the trial's.
    case fineTuning(FineTuneConfig)
    /// Training a detector around the encoder; likewise.
    case detection(DetectionConfig)
    /// Training a segmenter around the encoder; likewise.
    case segmentation(SegmentationConfig)
  }

  let measure: Measure
  /// The share of the training images that is used.
  let labels: LabelAmount
  /// Labelled images; none where the measure's settings name them.
  var train: [String] = []
  var test: [String] = []
  /// The data set's name; nil where there is but one.
  var data: String?

  /// The name in records.
  var evaluation: String {
    switch measure {
    case .probe, .trainedProbe: ComparedEvaluation.probe.rawValue
    case .neighbours: ComparedEvaluation.knn.rawValue
    case .fineTuning: ComparedEvaluation.finetune.rawValue
    case .detection: "detect"
    case .segmentation: "segment"
    }
  }

  /// What the folder of its fine-tuning is called after the trial's.
  var slug: String {
    "\(evaluation)-" + (data.map { "\($0)-" } ?? "") + labels.slug
  }
}

extension LabelAmount {
  /// As part of the name of a file: `10-percent`.
  var slug: String { description.replacingOccurrences(of: "%", with: "-percent") }
}
