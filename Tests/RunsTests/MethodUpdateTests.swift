import DurableFiles
import Foundation
import ImageCoding
import ImageTransforms
import Runs
import SelfSupervision
import TestSupport
import Testing
import Torch
import TorchNN
import Training
import VisionModels

/// Five whole updates of each method beside PyTorch's, through the real trainer: order of the images, masks, stochastic depth,
/// mixing, losses, accumulation, clipping, schedules, decay groups, AdamW, moving averages
/// (`Tests/Goldens/trainer/make_method_goldens.py`, which takes nothing from this program).
@Suite struct MethodUpdateTests {
  /// Weights move by up to 0.01; rounding alone stays below this.
  private static let tolerance = 2e-6

  /// What the golden's updates are made with; what is not set here is each method's own.
  private func config(_ method: PretrainingMethod, images: String, size: ImageSize, width: Int) -> PretrainConfig {
    var config = PretrainConfig(method: method)
    (config.device, config.seed, config.regime, config.data.images) = (.cpu, 3, .standard, [images])
    config.model = VisionTransformer.Config(.tiny, imageSize: size, patchSize: 4)
    (config.model.width, config.model.depth, config.model.headCount) = (width, 2, 2)
    config.model.stochasticDepthRate = 0.5
    config.augmentation = wholeImages(size)
    config.tokenizer.vocabulary = 64
    config.mae.decoderWidth = 16
    (config.mae.decoderDepth, config.mae.decoderHeads) = (2, 2)
    config.supervised.erasing.probability = 0
    config.training = trainer
    return config
  }

  /// Crops that show whole images.
  private func wholeImages(_ size: ImageSize) -> Augmentation.Config {
    var config = Augmentation.Config()
    let ratio = Double(size.width) / Double(size.height)
    (config.cropScale, config.cropRatio, config.flipProbability) = (1...1, ratio...ratio, 0)
    return config
  }

  private var trainer: Trainer.Config {
    var config = Trainer.Config()
    (config.batchSize, config.accumulate, config.steps, config.logEvery) = (4, 2, 5, 1)
    (config.learningRate, config.warmupSteps, config.replicas) = (2e-3, 2, 1)
    return config
  }

  /// DINO's settings, with crops that show whole images.
  private var dino: DINO.Config {
    var config = DINO.Config()
    (config.outputDimension, config.hiddenDimension, config.bottleneckDimension) = (32, 24, 8)
    (config.teacherMomentum, config.teacherTemperature, config.teacherTemperatureEpochs) = (0.7, 0.07, 3)
    (config.crops.globalScale, config.crops.localScale) = (1...1, 1...1)
    (config.crops.localCount, config.crops.localSize) = (2, ImageSize(8))
    (config.crops.colorJitter, config.crops.flipProbability, config.crops.grayscaleProbability) = (.none, 0, 0)
    (config.crops.blurProbabilities, config.crops.solarizeProbability) = ([0, 0, 0], 1)
    return config
  }

  /// Writes the golden's images, of three classes.
  private func write(_ pixels: Tensor, to folder: TemporaryFolder) throws {
    let (count, height, width) = (pixels.shape[0], pixels.shape[1], pixels.shape[2])
    let bytes = pixels.array(of: UInt8.self)
    for image in 0..<count {
      let own = Array(bytes[image * height * width * 3..<(image + 1) * height * width * 3])
      let picture = PixelImage(width: width, height: height, pixels: own)
      try folder.write(try ImageEncoder.png(picture), to: "images/class-\(image * 3 / count)/\(100 + image).png")
    }
  }

  /// A vocabulary of the golden's directions.
  private func words(
    _ codebook: Tensor?, in folder: TemporaryFolder, of run: PretrainingRun
  ) throws -> PatchTokenizer? {
    guard let codebook else { return nil }
    let file = folder.file("words.safetensors")
    try run.recipe.makeTokenizer { _ in }.save(to: file)
    let metadata = try SafetensorsFile(file).metadata
    try SafetensorsWriter.write(
      [(name: "codebook", tensor: codebook), (name: "prototypes", tensor: codebook)], metadata: metadata, to: file)
    return try PatchTokenizer.load(from: file, device: .cpu)
  }

  private func behind(_ prefix: String, _ golden: [String: Tensor]) -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: golden.filter { $0.key.hasPrefix(prefix) }.map {
        (String($0.key.dropFirst(prefix.count)), $0.value)
      })
  }

  /// The largest difference of two parameters. The biases of attention's keys are left out: they change no softmax, so their
  /// gradients are rounding alone, which AdamW enlarges.
  private func distance(_ key: String, _ found: Tensor, _ expected: Tensor?) -> Double {
    guard let expected, key.hasSuffix("qkv.bias") else { return difference(found, expected) }
    let count = found.shape[0] / 3
    return [0, 2].map {
      difference(
        found.narrowed(0, start: $0 * count, count: count), expected.narrowed(0, start: $0 * count, count: count))
    }.max()!
  }

  private func compare(_ found: [String: Tensor], _ expected: [String: Tensor]) {
    #expect(found.count == expected.count)
    for (key, value) in found.sorted(by: { $0.key < $1.key }) {
      let distance = distance(key, value, expected[key])
      #expect(distance < MethodUpdateTests.tolerance, "\(key): \(distance)")
    }
  }

  private func compare(_ logged: [StepMetrics], _ golden: [String: Tensor]) {
    for (name, expected) in behind("logged.", golden) {
      let (found, expected) = (logged.map { $0[name] ?? .nan }, expected.array(of: Float.self))
      #expect(found.count == expected.count)
      for (value, other) in zip(found, expected) {
        #expect(
          abs(value / Double(other) - 1) < MethodUpdateTests.tolerance || value == Double(other), "\(name): \(found)")
      }
    }
  }

  @Test(arguments: PretrainingMethod.allCases)
  func pretrainingIsThatOfPyTorch(method: PretrainingMethod) throws {
    let golden = try golden("trainer/\(method.rawValue)")
    let scratch = try TemporaryFolder()
    let pixels = golden["pixels"]!
    try write(pixels, to: scratch)
    var asked = config(
      method, images: scratch.path("images"), size: ImageSize(height: pixels.shape[1], width: pixels.shape[2]),
      width: [.splitmask, .dino].contains(method) ? 16 : 24)
    switch method {
    case .splitmask, .beit: asked.training.clipNorm = 1.5
    case .dino: (asked.dino, asked.training.clipNorm) = (dino, 0.3)
    case .mae, .supervised: break
    }
    let run = try PretrainingRun(asked)
    let words = try words(golden["codebook"], in: scratch, of: run)
    let task = try run.recipe.method.task(run.recipe.material(words))
    let initial = behind("initial.", golden)
    try task.model.load(initial)
    if method == .dino {
      let teacher = initial.map { ("network." + $0.key, $0.value) } + [("center", golden["center"]!.zerosLike())]
      try task.auxiliary?.load(Dictionary(uniqueKeysWithValues: teacher))
    }
    try compare(train(task, run, in: scratch), golden)
    compare(task.model.stateDictionary, behind("final.", golden))
    if method == .dino {
      let auxiliary = try #require(task.auxiliary).stateDictionary
      compare(behind("network.", auxiliary), behind("teacher.", golden))
      #expect(difference(auxiliary["center"], golden["center"]) < MethodUpdateTests.tolerance)
    }
  }

  /// Five updates of a run's task.
  private func train(
    _ task: any TrainingTask, _ run: PretrainingRun, in scratch: TemporaryFolder
  ) throws -> [StepMetrics] {
    let folder = try RunFolder.create(at: scratch.file("run"))
    try scratch.write("method: \(run.config.method.rawValue)\n", to: "run/config.yaml")
    var logged: [StepMetrics] = []
    let trainer = try Trainer(
      task: task, loader: run.recipe.loader(for: .alone), schedule: run.schedule, config: run.recipe.training,
      device: .cpu, folder: folder, resuming: false, stop: StopFlag(), processes: .alone
    ) { if case .logged(let metrics) = $0 { logged.append(metrics) } }
    #expect(try trainer.run() == .completed)
    return logged
  }

  /// Fine-tuning by BEiT's recipe, with rates that fall from layer to layer; its head starts at zero.
  @Test func fineTuningIsThatOfPyTorch() throws {
    let golden = try golden("trainer/finetuning")
    let scratch = try TemporaryFolder()
    try write(golden["pixels"]!, to: scratch)
    var generator = SplitMix64(state: 1)
    let size = ImageSize(height: 16, width: 24)
    let shape = config(.supervised, images: "", size: size, width: 24).model
    let encoder = try VisionTransformer(shape, using: &generator)
    try encoder.load(
      behind("initial.", golden).filter { !$0.key.hasPrefix("head.") && !$0.key.hasPrefix("fc_norm.") })
    try EncoderFile.write(encoder, normalization: .imageNet, to: scratch.file("encoder.safetensors"))
    var asked = FineTuneConfig()
    (asked.device, asked.seed, asked.regime, asked.data.train) = (.cpu, 3, .smallData, [scratch.path("images")])
    (asked.encoder, asked.headScale, asked.model) = (scratch.path("encoder.safetensors"), 0, shape)
    asked.augmentation = wholeImages(size)
    asked.augmentation.randAugment = RandAugment.Config()
    asked.augmentation.randAugment?.probability = 0
    asked.erasing.probability = 0
    (asked.training, asked.training.warmupSteps) = (trainer, 1)
    var logged: [StepMetrics] = []
    let folder = RunFolder(at: scratch.file("run"))
    _ = try FineTuningRun(asked).train(RunRequest(folder.url)) { event in
      if case .logged(let metrics) = event { logged.append(metrics) }
    }
    compare(logged, golden)
    let model = folder.checkpoint(5).appending(path: "model.safetensors")
    compare(try SafetensorsFile(model).tensors(), behind("final.", golden))
  }
}
