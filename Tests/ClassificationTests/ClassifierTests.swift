import Classification
import DurableFiles
import Foundation
import ImageCoding
import SplitMaskCore
import Testing
import Torch
import TorchNN
import VisionModels

@Suite struct ClassifierTests {
  private func classifier(_ pooling: Classifier.Pooling = .mean, classToken: Bool = true) throws -> Classifier {
    var random = SeededGenerator(seed: 1, purpose: .initialization)
    return try Classifier(
      encoder: VisionTransformer(smallConfig(classToken: classToken), using: &random),
      classNames: ["ant", "bee", "cat"], pooling: pooling, using: &random)
  }

  @Test(arguments: [("avg", Classifier.Pooling.mean), ("token", .classToken)])
  func scoresAreTimms(file: String, pooling: Classifier.Pooling) throws {
    let golden = try golden()
    let loaded = try ClassifierFile.read(goldenFolder.appending(path: "timm_\(file).safetensors"))
    #expect(loaded.classifier.pooling == pooling)
    #expect(loaded.classifier.classNames == ["0", "1", "2", "3", "4"])
    #expect(loaded.isNormalizationAssumed)
    let scores = loaded.classifier(try #require(golden["network/patches"]))
    let expected = try #require(golden["network/\(file)"])
    #expect(difference(scores.detached(), expected) < 1e-4 * expected.absolute().maximum([]).item())
  }

  @Test func theHeadStartsSmallAndReachesEveryParameterUsed() throws {
    let model = try classifier()
    #expect(model.head.weight.value.absolute().maximum([]).item() < 2e-4)
    #expect(model.namedParameters.allSatisfy { !$0.key.hasPrefix("norm.") })
    // A head near zero hides the encoder from the loss; scale it up to see every gradient.
    noGrad { model.head.weight.value.multiplyInPlace(1000) }
    let patches = try #require(try golden()["network/patches"])
    SoftTargetCrossEntropy.loss(model(patches), labels: Tensor([0, 1, 2]), smoothing: 0).backward()
    for (key, parameter) in model.namedParameters {
      let gradient = try #require(parameter.value.gradient, "\(key)")
      #expect(gradient.absolute().maximum([]).item() > 0, "\(key)")
    }
  }

  @Test func filesKeepClassesAndStatistics() throws {
    try withFolder { folder in
      let url = folder.appending(path: "classifier.safetensors")
      for model in [try classifier(), try classifier(.classToken), try classifier(.mean, classToken: false)] {
        let statistics = PixelNormalization(mean: [0.1, 0.2, 0.3], standardDeviation: [0.4, 0.5, 0.6])
        try ClassifierFile.write(model, normalization: statistics, to: url)
        let loaded = try ClassifierFile.read(url)
        #expect(loaded.classifier.classNames == ["ant", "bee", "cat"])
        #expect(loaded.classifier.pooling == model.pooling)
        #expect(loaded.normalization == statistics && !loaded.isNormalizationAssumed)
        #expect(loaded.classifier.namedParameters.map(\.key) == model.namedParameters.map(\.key))
        for (key, value) in model.stateDictionary {
          #expect(difference(loaded.classifier.stateDictionary[key], value) == 0, "\(key)")
        }
      }
    }
  }

  @Test func otherFilesAreExplained() throws {
    try withFolder { folder in
      let url = folder.appending(path: "classifier.safetensors")
      let model = try classifier()
      try EncoderFile.write(model.encoder, normalization: .imageNet, to: url)
      #expect(throws: ClassificationError.noHead(path: url.path)) { try ClassifierFile.read(url) }
      try ClassifierFile.write(model, normalization: .imageNet, to: url)
      let file = try SafetensorsFile(url)
      let tensors = try file.names.map { (name: $0, tensor: try file.tensor($0)) }
      var metadata = file.metadata
      metadata["class_names"] = #"["ant","bee"]"#
      try SafetensorsWriter.write(tensors, metadata: metadata, to: url)
      #expect(throws: ClassificationError.classCountMismatch(path: url.path, head: 3, names: 2)) {
        try ClassifierFile.read(url)
      }
      metadata["class_names"] = "ant"
      try SafetensorsWriter.write(tensors, metadata: metadata, to: url)
      #expect(throws: ClassificationError.self) { try ClassifierFile.read(url) }
      metadata["class_names"] = nil
      try SafetensorsWriter.write(tensors.filter { $0.name != "fc_norm.bias" }, metadata: metadata, to: url)
      #expect(throws: EncoderFileError.self) { try ClassifierFile.read(url) }
    }
  }

  @Test func impossibleClassifiersAreRefused() throws {
    #expect(throws: ClassificationError.noClassToken) { try classifier(.classToken, classToken: false) }
    var random = SeededGenerator(seed: 1, purpose: .initialization)
    let encoder = try VisionTransformer(smallConfig(), using: &random)
    #expect(throws: ClassificationError.tooFewClasses(["one"])) {
      try Classifier(encoder: encoder, classNames: ["one"], using: &random)
    }
  }
}
