/// A data set of the paper's experiments, or of those that stand for them.
public enum ExperimentDataset: String, Codable, Hashable, Sendable, CaseIterable {
  case imagenet
  case inat18
  case inat19
  case food101
  case cars
  case clipart
  case painting
  case sketch
  case coco
  case ade20k
  case cifar10 = "cifar-10"
  case pennFudan = "penn-fudan"
  case camvid
  /// The embedded data set, which the program composes.
  case shapes

  /// The name as the paper writes it.
  public var title: String {
    switch self {
    case .imagenet: "ImageNet"
    case .inat18: "iNat-18"
    case .inat19: "iNat-19"
    case .food101: "Food-101"
    case .cars: "Stanford Cars"
    case .clipart: "Clipart"
    case .painting: "Painting"
    case .sketch: "Sketch"
    case .coco: "COCO"
    case .ade20k: "ADE20k"
    case .cifar10: "CIFAR-10"
    case .pennFudan: "Penn-Fudan"
    case .camvid: "CamVid"
    case .shapes: "embedded shapes"
    }
  }

  /// Training images (SplitMask, arXiv 2112.10740).
  var imageCount: Int {
    switch self {
    case .imagenet: 1_281_167
    case .inat18: 437_513
    case .inat19: 265_240
    case .food101: 75_750
    case .cars: 8144
    case .clipart: 34_019
    case .painting: 52_867
    case .sketch: 49_115
    case .coco: 118_287
    case .ade20k: 20_210
    case .cifar10: 50_000
    case .pennFudan: 136
    case .camvid: 367
    case .shapes: 5000
    }
  }

  /// The paper's epochs of pretraining (arXiv 2112.10740); nil for what is not the paper's.
  var epochs: Int? {
    switch self {
    case .imagenet: 300
    case .inat18: 800
    case .inat19: 1400
    case .food101, .cars, .clipart, .painting, .sketch: 5000
    case .ade20k: 21_000
    case .coco: 3000
    case .cifar10, .pennFudan, .camvid, .shapes: nil
    }
  }

  /// Whether the paper pretrains on it with uniform masks and stronger augmentation, and fine-tunes by BEiT's recipe
  /// (arXiv 2112.10740, Table 9 for the latter).
  var isSmall: Bool { [.cars, .clipart, .painting, .sketch].contains(self) }

  /// What `splitmask data fetch` calls it; nil where it knows none.
  package var fetchName: String? {
    switch self {
    // Penn-Fudan and CamVid as their makers have them have neither COCO files nor ADE20k's layout.
    case .imagenet, .pennFudan, .camvid, .shapes: nil
    case .inat18: "inaturalist-2018"
    case .inat19: "inaturalist-2019"
    case .food101: "food-101"
    case .cars: "stanford-cars"
    case .clipart, .painting, .sketch: "domainnet-\(rawValue)"
    case .coco: "coco-2017"
    case .ade20k, .cifar10: rawValue
    }
  }

  /// A part of a data set.
  enum Part: String, CaseIterable {
    case train
    case test
    /// COCO's file of the training images.
    case trainAnnotations = "train-annotations"
    /// COCO's file of the test images.
    case testAnnotations = "test-annotations"
    /// The folder with images and label maps in ADE20k's layout.
    case labelMaps = "label-maps"
    /// The published list of 1 % of the training images.
    case onePercent = "train-1-percent"
    /// The published list of 10 % of them.
    case tenPercent = "train-10-percent"

    /// What it is, in words.
    var title: String {
      switch self {
      case .train, .test: "\(rawValue) images"
      case .trainAnnotations, .testAnnotations: "COCO file of \(self == .trainAnnotations ? "train" : "test") images"
      case .labelMaps: "folder of images and label maps"
      case .onePercent, .tenPercent: "list of \(self == .onePercent ? 1 : 10) % of the train images"
      }
    }
  }

  /// The names of the splits to learn from and to be judged by, in ADE20k's layout.
  var labelMapSplits: (train: String, test: String) {
    self == .ade20k ? ("training", "validation") : ("train", "val")
  }

  /// Where a part may lie below the data set's folder: class folders, else what its makers' archive unpacks to.
  func places(of part: Part) -> [String] {
    let isTrain = part == .train || part == .trainAnnotations
    switch part {
    case .train, .test: break
    case .trainAnnotations, .testAnnotations:
      let name = "instances_" + (isTrain ? "train" : "val")
      return self == .coco ? ["annotations/\(name)2017.json"] : ["\(name).json"]
    case .labelMaps: return self == .ade20k ? ["ADEChallengeData2016", "."] : ["."]
    case .onePercent: return self == .imagenet ? ["1percent.txt"] : []
    case .tenPercent: return self == .imagenet ? ["10percent.txt"] : []
    }
    let folders = isTrain ? ["train"] : ["val", "test"]
    switch self {
    case .inat18, .inat19:
      let year = self == .inat18 ? "2018" : "2019"
      return folders + [isTrain ? "train\(year).json" : "val\(year).json"]
    case .food101: return folders + ["food-101/meta/\(part.rawValue).txt", "meta/\(part.rawValue).txt"]
    case .cars: return folders + ["\(part.rawValue).csv"]
    case .clipart, .painting, .sketch: return folders + ["\(rawValue)_\(part.rawValue).txt"]
    case .coco: return folders + [isTrain ? "train2017" : "val2017"]
    case .ade20k: return folders + ["ADEChallengeData2016/images/" + (isTrain ? "training" : "validation")]
    case .cifar10: return folders + ["cifar-10-batches-bin" + (isTrain ? "" : "/test_batch.bin")]
    case .camvid: return folders + ["images/" + (isTrain ? "train" : "val")]
    case .imagenet, .pennFudan, .shapes: return folders
    }
  }
}
