import Foundation
import SplitMaskCore

/// Random crops and changes of colour of training images.
///
/// An image goes through a random resized crop, a flip, changes of colour or RandAugment's operations, greyscale, blur
/// and solarization, in that order (DINO's and DeiT's). Every view of an image shows the same crop, flip and colours, so that the tokenizer's words describe
/// what the encoder sees; BEiT changes colours before it crops, which differs only in the mean grey that contrast is
/// measured from. The blur's radius shrinks with the view, for the same softness of the scene.
///
/// Of images of float channels, brightness and contrast are changed, and they may be blurred; contrast is measured from
/// each channel's own mean. Noise and the loss of channels come last.
public struct Augmentation: Hashable, Sendable {
  /// What is drawn, and how often.
  public struct Config: Codable, Hashable, Sendable {
    /// The crop's share of the image's area (SplitMask, arXiv 2112.10740: 0.08 to 0.25 for ADE20k).
    public var cropScale: ClosedRange<Double> = 0.08...1
    /// Width over height of the crop.
    public var cropRatio: ClosedRange<Double> = 3.0 / 4...4.0 / 3
    /// How often an image is mirrored left to right.
    public var flipProbability = 0.5
    /// Changes of colour; none are made where `randAugment` is on, as in DeiT's recipe.
    public var colorJitter = ColorJitter.none
    /// RandAugment's operations; nil for none.
    public var randAugment: RandAugment.Config?
    /// How often an image becomes grey.
    public var grayscaleProbability = 0.0
    /// How often an image is blurred.
    public var blurProbability = 0.0
    /// The Gaussian blur's radius (standard deviation) in pixels of the encoder's view.
    public var blurRadius: ClosedRange<Double> = 0.1...2
    /// How often values of 128 and more are inverted.
    public var solarizeProbability = 0.0
    /// Whether colours are changed by 3-Augment instead of what stands above: greyscale, solarization or blur (of
    /// `blurRadius`), one of them for every image and each as often as the others, then a jitter of 0.3 of brightness,
    /// contrast and saturation (DeiT III, arXiv 2204.07118, §3; docs/method.md, row 19).
    public var threeAugment = false
    /// Whether views are turned by quarters and mirrored, all eight ways equally often: for images without an up. Views
    /// that are not square keep their shape: they are mirrored and turned by halves.
    public var dihedral = false
    /// The greatest standard deviation of noise, as a share of 255, at a value of 255; each view's is drawn from 0 to this. Of
    /// images of float channels only (`SampleImage`).
    public var noise = 0.0
    /// What the noise depends on.
    public var noiseDistribution = NoiseDistribution.gaussian
    /// How often each channel of a view is set to its mean, though never all of them. Of images of float channels only
    /// (`SampleImage`).
    public var channelDropout = 0.0

    /// Random resized crop and flip only, the paper's default.
    public init() {}

    /// The additional augmentations for small data sets, with DINO's parameters.
    public static let smallData = {
      var config = Config()
      config.colorJitter = ColorJitter(
        brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1, probability: 0.8)
      config.grayscaleProbability = 0.2
      config.blurProbability = 0.5
      config.solarizeProbability = 0.2
      return config
    }()
  }

  /// What is drawn, and how often.
  public let config: Config

  /// Augmentation with valid settings.
  public init(_ config: Config = Config()) {
    self.config = config
  }
}

extension Augmentation.Config {
  /// Whether images keep their colours.
  public var changesNoColors: Bool { !threeAugment && drawsNoColors }

  /// Whether nothing but 3-Augment may change colours.
  private var drawsNoColors: Bool {
    colorJitter == .none && randAugment == nil && grayscaleProbability == 0 && blurProbability == 0
      && solarizeProbability == 0
  }

  /// - Throws: `InvalidSetting`, its key under `augmentation`, for the first value out of range.
  public func validate() throws {
    func require(_ condition: Bool, _ key: String, _ value: Any, _ rule: String) throws {
      guard condition else { throw InvalidSetting("augmentation." + key, "is \(value); \(rule)") }
    }
    try require(
      cropScale.lowerBound > 0 && cropScale.upperBound <= 1, "cropScale", cropScale,
      "both ends must be shares of the image's area, above 0 and at most 1")
    try require(
      cropRatio.lowerBound > 0 && cropRatio.upperBound.isFinite, "cropRatio", cropRatio, "both ends must be above 0")
    try require(
      blurRadius.lowerBound >= 0 && blurRadius.upperBound <= 100, "blurRadius", blurRadius,
      "both ends must be from 0 to 100 pixels")
    let probabilities = [
      ("flipProbability", flipProbability), ("grayscaleProbability", grayscaleProbability),
      ("blurProbability", blurProbability), ("solarizeProbability", solarizeProbability),
      ("colorJitter.probability", colorJitter.probability),
    ]
    for (key, value) in probabilities {
      try require((0...1).contains(value), key, value, "a probability is from 0 to 1")
    }
    let strengths = [
      ("brightness", colorJitter.brightness), ("contrast", colorJitter.contrast),
      ("saturation", colorJitter.saturation),
    ]
    for (key, value) in strengths {
      try require(value >= 0 && value.isFinite, "colorJitter." + key, value, "a strength is 0 or more")
    }
    try require((0...1).contains(noise), "noise", noise, "it must be from 0 to 1, a share of 255")
    try require(
      (0..<1).contains(channelDropout), "channelDropout", channelDropout, "it must be at least 0 and below 1")
    try validateThreeAugment()
    try require((0...0.5).contains(colorJitter.hue), "colorJitter.hue", colorJitter.hue, "it must be from 0 to 0.5")
    try randAugment?.validate()
  }

  private func validateThreeAugment() throws {
    guard !threeAugment || drawsNoColors else {
      throw InvalidSetting(
        "augmentation.threeAugment",
        """
        takes the place of colorJitter, randAugment, grayscaleProbability, blurProbability and solarizeProbability; leave \
        them out
        """)
    }
  }
}
