import Comparisons
import ImageData
import Runs

/// An encoder that an experiment makes and judges, in the paper's terms; a scale makes settings of it.
struct PlannedEncoder: Sendable {
  /// Which of the paper's two encoders.
  enum Size: Sendable {
    case small
    case base

    /// The named shape.
    var architecture: String { self == .small ? "vit-small" : "vit-base" }
    /// What a family's encoder of this size is called where somebody gives it.
    func givenName(_ family: String) -> String { self == .small ? family : family + "-base" }
    /// As rows and columns are called.
    var title: String { self == .small ? "ViT-S" : "ViT-B" }
  }

  /// How long it is pretrained.
  enum Length: Sendable {
    /// The paper's epochs, which all have about as many updates; as many updates for all at other scales.
    case published(epochs: Int?)
    /// So many updates whatever the data set, at the scale's own number.
    case updates(paper: Int)
    /// Epochs of either scale.
    case epochs(paper: Int, small: Int)
  }

  /// The name of folders and records, without the seed.
  let name: String
  /// How it is pretrained; nil for fresh weights.
  var method: PretrainingMethod?
  /// The shape.
  var size = Size.small
  /// What it is pretrained on.
  var source = ExperimentDataset.imagenet
  /// The share of that; nil for all.
  var share: LabelAmount?
  /// How long.
  var length = Length.published(epochs: nil)
  /// Images of an update where they are not the scale's.
  var batchSize: (paper: Int, small: Int)?
  /// Settings at every scale, as `key.path=value`.
  var settings: [String] = []
  /// The visual words are DALL-E's, whose weights have to be given.
  var needsDalle = false
  /// The visual words are DALL-E's at the paper's scale, the scale's own elsewhere.
  var hasDalleInPaper = false
  /// Whether it is the backbone of a dense task, whose patches are of 16 pixels.
  var isBackbone = false
  /// The name under which somebody may give the encoder that is meant, instead of having it made; nil for none.
  var givenName: String?
  /// Why nothing is made of it at this scale; nil where something is.
  var obstacle: String?
  /// What is measured of it, and where it stands in the table.
  var cells: [Cell] = []

  /// A measurement and its place.
  struct Cell: Sendable {
    let row: String
    let column: String
    let quantity: Quantity
  }

  /// What can be measured.
  enum Quantity: Sendable, Hashable {
    /// Top-1 accuracy after fine-tuning.
    case fineTuning(ExperimentDataset)
    /// Top-1 accuracy of a linear classifier.
    case linear(ExperimentDataset)
    /// What a detector around it reaches, trained for the paper's 3x schedule so many times.
    case detection(ExperimentDataset, DetectionFigure, schedules: Int)
    /// The mean intersection over union of a segmenter around it.
    case segmentation(ExperimentDataset)
    /// Time of pretraining.
    case time
    /// Updates of pretraining.
    case updates

    /// The data set that it is judged on.
    var target: ExperimentDataset? {
      switch self {
      case .fineTuning(let dataset), .linear(let dataset), .segmentation(let dataset): dataset
      case .detection(let dataset, _, _): dataset
      case .time, .updates: nil
      }
    }
  }

  /// Whether DALL-E's weights are needed.
  func needsDalle(at scale: ExperimentScale) -> Bool { needsDalle || hasDalleInPaper && scale == .paper }
}
