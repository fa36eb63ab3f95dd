import Classification
import Testing
import Torch
import Training
import VisionModels

@Suite struct BatchPreparationTests {
  private let images = Tensor((0..<(2 * 16 * 16 * 3)).map { UInt8(truncatingIfNeeded: $0 * 7) }, shape: [2, 16, 16, 3])

  private func preparation(_ mixing: BatchMixing.Config, erasing probability: Double) -> BatchPreparation {
    var erasing = RandomErasing.Config()
    erasing.probability = probability
    return BatchPreparation(
      encoder: smallConfig(), classCount: 3, normalization: .imageNet, mixing: BatchMixing(mixing),
      erasing: RandomErasing(erasing), device: .cpu)
  }

  @Test func withoutDrawsTrainingSeesWhatEvaluationSees() {
    let plain = preparation(.smoothingOnly, erasing: 0)
    let input = plain.training(
      images: images, labels: Tensor([0, 2]),
      in: StepContext(seed: 1, step: 3, epoch: 0, device: .cpu, processes: .alone))
    #expect(input.patches.shape == [2, 16, 48])
    #expect(difference(input.patches, plain.evaluation(images: images)) < 1e-6)
    let targets = input.targets.array(of: Double.self)
    #expect(abs(targets[0] - (0.9 + 0.1 / 3)) < 1e-6 && abs(targets[1] - 0.1 / 3) < 1e-6)
  }

  @Test func drawsDependOnSeedAndStepOnly() {
    let preparation = preparation(.init(), erasing: 1)
    func patches(_ seed: UInt64, _ step: Int) -> Tensor {
      preparation.training(
        images: images, labels: Tensor([0, 2]),
        in: StepContext(seed: seed, step: step, epoch: 0, device: .cpu, processes: .alone)
      ).patches
    }
    #expect(difference(patches(1, 5), patches(1, 5)) == 0)
    #expect(difference(patches(1, 5), patches(1, 6)) > 0.1)
    #expect(difference(patches(1, 5), patches(2, 5)) > 0.1)
    // The loader's bytes are shared with the tensor and stay as they are.
    #expect(images.array(of: UInt8.self)[1] == 7)
  }
}
