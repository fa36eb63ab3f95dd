/// Settings of every kind that the project's configurations have.
struct SampleConfig: Codable, Hashable, Sendable {
  enum Method: String, Codable, Hashable, Sendable, CaseIterable { case splitmask, beit, dino }

  struct Model: Codable, Hashable, Sendable {
    var patchSize = 16
    var width: Int?
    var imageSize = [224, 224]
  }

  struct Jitter: Codable, Hashable, Sendable {
    var brightness = 0.4
    var hue = 0.1
  }

  struct Augmentation: Codable, Hashable, Sendable {
    var cropScale: ClosedRange<Double> = 0.08...1
    var flipProbability: Float = 0.1
    var colorJitter: Jitter?
  }

  struct Training: Codable, Hashable, Sendable {
    var batchSize = 64
    var learningRate = 1.5e-3
    var minimumLearningRate = 1e-5
    var epochs: Int?
    var resume = false
  }

  var method = Method.splitmask
  var fallback: Method?
  var name = "run"
  var seed: UInt64 = 0
  var model = Model()
  var augmentation = Augmentation()
  var training = Training()
}
