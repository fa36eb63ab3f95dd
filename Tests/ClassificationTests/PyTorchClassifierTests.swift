import Classification
import DurableFiles
import Foundation
import Testing
import Torch
import VisionModels

/// A checkpoint of `torch.save` with timm's classifier of averaged patches, and what timm makes of it
/// (`Tests/Goldens/pytorch/make_classifier.py`).
@Suite struct PyTorchClassifierTests {
  private let folder = goldenFolder.deletingLastPathComponent().appending(path: "pytorch")

  private func expected(_ name: String) throws -> Tensor {
    try SafetensorsFile(folder.appending(path: "classifier.safetensors")).tensor(name)
  }

  @Test func scoresAreTimms() throws {
    let loaded = try ClassifierFile.read(folder.appending(path: "classifier.pth"))
    let scores = loaded.classifier(try expected("patches")).detached()
    #expect(difference(scores, try expected("scores")) < 1e-5)
    #expect(loaded.classifier.pooling == .mean && loaded.classifier.classNames == ["0", "1", "2"])
  }

  @Test func itsEncoderGetsAFreshLastNormalisation() throws {
    let loaded = try EncoderFile.read(folder.appending(path: "classifier.pth"))
    #expect(loaded.matchedCount == loaded.encoder.namedParameters.count - 2)
    #expect(loaded.ignored.contains("model.head.weight") && loaded.ignored.contains { $0.hasPrefix("optimizer.") })
    #expect(loaded.encoder.norm.weight.value.hasSameValues(as: Tensor.ones([64])))
    let tokens = noGrad {
      loaded.encoder.hiddenTokens((try? expected("patches"))!, afterBlocks: [1])[0]
    }
    #expect(difference(tokens, try expected("tokens")) < 1e-5)
  }
}
