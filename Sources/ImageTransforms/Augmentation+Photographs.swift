extension Augmentation.Config {
  /// The keys, under `augmentation`, of what is on and has a meaning only for photographs of red, green and blue.
  ///
  /// RandAugment's rotations, shears and translations would have one for any image; for now all of RandAugment is among
  /// these.
  public var settingsForPhotographs: [String] {
    let jitters = colorJitter.probability > 0
    let settings = [
      ("colorJitter.saturation", jitters && colorJitter.saturation > 0),
      ("colorJitter.hue", jitters && colorJitter.hue > 0),
      ("randAugment", randAugment != nil),
      ("grayscaleProbability", grayscaleProbability > 0),
      ("solarizeProbability", solarizeProbability > 0),
      ("threeAugment", threeAugment),
    ]
    return settings.filter(\.1).map(\.0)
  }

  /// The keys, under `augmentation`, of what is on and changes images of float channels only, not 8-bit photographs.
  public var settingsForSamples: [String] {
    [
      ("noise", noise > 0), ("noiseDistribution", noiseDistribution != .gaussian),
      ("channelDropout", channelDropout > 0),
    ].filter(\.1).map(\.0)
  }

  /// The same with all `settingsForPhotographs` off; the jitter's brightness and contrast remain.
  public func withoutColors() -> Self {
    var config = self
    config.colorJitter.saturation = 0
    config.colorJitter.hue = 0
    config.randAugment = nil
    config.grayscaleProbability = 0
    config.solarizeProbability = 0
    config.threeAugment = false
    return config
  }
}
