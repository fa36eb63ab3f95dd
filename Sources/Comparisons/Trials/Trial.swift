package import Evaluation
import Foundation
package import ImageData
package import Runs

/// One encoder and everything that it is judged by: what comparisons and experiments are made of.
package struct Trial {
  /// Whose encoder it is, without its seed: a method, or what a recipe calls it; part of names of files.
  package let name: String
  /// The seed of weights, order, draws and subsets.
  package let seed: UInt64
  /// What its files are called, without the seed; nil takes the name.
  private let fileName: String?
  /// An encoder that is there and is judged as it is; nil for one that is pretrained here, and for fresh weights.
  package let encoder: EncoderSource?
  /// How it is pretrained; of fresh weights only model, device and precision count.
  package let settings: PretrainConfig
  /// Whether it is pretrained at all.
  package let isPretrained: Bool
  /// Whether its visual words are those of all trials of its seed.
  package var sharesWords: Bool
  /// Whether a loss that stays infinite is a result, to be recorded, and no reason to end.
  package var mayDiverge: Bool
  /// What is measured, in this order.
  package let evaluations: [TrialEvaluation]

  /// A trial.
  package init(
    name: String, fileName: String? = nil, seed: UInt64, settings: PretrainConfig, isPretrained: Bool,
    encoder: EncoderSource? = nil, sharesWords: Bool = false, mayDiverge: Bool = false, evaluations: [TrialEvaluation]
  ) {
    self.name = name
    self.fileName = fileName
    self.encoder = encoder
    self.seed = seed
    self.settings = settings
    self.isPretrained = isPretrained
    self.sharesWords = sharesWords
    self.mayDiverge = mayDiverge
    self.evaluations = evaluations
  }

  /// The name with the seed.
  package var title: String { "\(name), seed \(seed)" }
  /// The name of its run folder and record.
  package var slug: String { "\(fileName ?? name)-seed\(seed)" }
}

/// One measurement of a trial's encoder; it may give several figures.
package struct TrialEvaluation {
  /// How it is measured.
  package enum Measure {
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

  package let measure: Measure
  /// The share of the training images that is used.
  package let labels: LabelAmount
  /// Labelled images; none where the measure's settings name them.
  package var train: [String]
  package var test: [String]
  /// The data set's name; nil where there is but one.
  package var data: String?

  /// A measurement.
  package init(
    measure: Measure, labels: LabelAmount, train: [String] = [], test: [String] = [], data: String? = nil
  ) {
    self.measure = measure
    self.labels = labels
    self.train = train
    self.test = test
    self.data = data
  }

  /// The name in records.
  package var name: String {
    switch measure {
    case .probe, .trainedProbe: ComparedEvaluation.probe.rawValue
    case .neighbours: ComparedEvaluation.knn.rawValue
    case .fineTuning: ComparedEvaluation.finetune.rawValue
    case .detection: "detect"
    case .segmentation: "segment"
    }
  }

  /// What the folder of its fine-tuning is called after the trial's.
  package var slug: String {
    "\(name)-" + (data.map { "\($0)-" } ?? "") + labels.slug
  }
}

extension LabelAmount {
  /// As part of the name of a file: `10-percent`.
  package var slug: String { description.replacingOccurrences(of: "%", with: "-percent") }
}
