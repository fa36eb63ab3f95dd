import Classification
import EncoderExport
import Foundation
import ImageCoding
import SplitMaskCore
import Testing
import Torch
import VisionModels

/// The graphs that are written, computed operator by operator.
@Suite struct ONNXFileTests {
  private let images = waves([3, 3, 16, 16])

  private func sizes(_ value: Onnx_ValueInfoProto) -> [String] {
    value.type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam }
  }

  private func expectTokens(
    _ comment: String, channels: Int = 3, _ change: (inout VisionTransformer.Config) -> Void
  ) throws {
    let network = try smallNetwork { config in
      config.channels = channels
      change(&config)
    }
    let images = waves([3, channels, network.encoder.config.imageSize.height, network.encoder.config.imageSize.width])
    let values = try GraphEvaluator(graph: ONNXFile.model(of: network).graph).values(of: images)
    let (encoder, prefix) = (network.encoder, network.encoder.prefixCount)
    let tokens = noGrad { encoder(patches(images, encoder.config.patchSize)) }
    let patchTokens = tokens.narrowed(1, start: prefix, count: tokens.shape[1] - prefix)
    #expect(difference(values["patch_tokens"], patchTokens) < 1e-5, "\(comment)")
    #expect(difference(values["pooled"], patchTokens.mean([1])) < 1e-5, "\(comment)")
    let classToken = encoder.config.classToken ? tokens.selected(1, 0) : nil
    #expect((values["class_token"] == nil) == (classToken == nil), "\(comment)")
    if let classToken { #expect(difference(values["class_token"], classToken) < 1e-5, "\(comment)") }
  }

  @Test func tokensAreTheEncoders() throws {
    try expectTokens("plain") { _ in }
    try expectTokens("no class token") { $0.classToken = false }
    try expectTokens("registers") { $0.registers = 3 }
    try expectTokens("registers without a class token") { ($0.registers, $0.classToken) = (3, false) }
    try expectTokens("layer scale") { $0.layerScale = 0.1 }
    try expectTokens("no bias of keys") { $0.keyBias = false }
    try expectTokens("shared relative positions", beit(.shared))
    try expectTokens("relative positions of each block", beit(.perBlock))
    try expectTokens("relative positions alone") { config in
      beit(.shared)(&config)
      config.classToken = false
    }
    try expectTokens("five channels", channels: 5) { _ in }
    try expectTokens("images that are not square") { $0.imageSize = ImageSize(height: 16, width: 24) }
    try expectTokens("another epsilon") { $0.normEpsilon = 1e-2 }
  }

  @Test func scoresAreTheClassifiers() throws {
    for pooling in Classifier.Pooling.allCases {
      let classifier = try smallClassifier(pooling) { $0.normEpsilon = 1e-2 }
      let network = ExportedNetwork(
        classifier: classifier, normalization: .imageNet, view: .init(resize: 18, crop: 16))
      let values = try GraphEvaluator(graph: ONNXFile.model(of: network).graph).values(of: images)
      let scores = noGrad { classifier(patches(images, 4)) }
      #expect(difference(values["logits"], scores) < 1e-5, "\(pooling)")
      #expect(difference(values["probabilities"], scores.softmax(1)) < 1e-6, "\(pooling)")
    }
  }

  @Test func valuesHaveNamesAndSizes() throws {
    let graph = try ONNXFile.model(of: smallNetwork()).graph
    #expect(graph.name == "encoder" && graph.input.map(\.name) == ["image"])
    #expect(sizes(graph.input[0]) == ["batch", "3", "16", "16"] && graph.input[0].type.tensorType.elemType == 1)
    #expect(graph.output.map(\.name) == ["class_token", "patch_tokens", "pooled"])
    #expect(graph.output.map(sizes) == [["batch", "32"], ["batch", "16", "32"], ["batch", "32"]])
    let classifier = try ONNXFile.model(of: smallScorer(.mean)).graph
    #expect(classifier.output.map(\.name) == ["probabilities", "logits"] && classifier.name == "classifier")
    #expect(classifier.output.map(sizes) == [["batch", "3"], ["batch", "3"]])
    let names = classifier.node.flatMap(\.output) + classifier.initializer.map(\.name)
    #expect(Set(names).count == names.count, "each value is made once")
  }

  @Test func operatorsAreThoseOfEveryEngine() throws {
    let model = try ONNXFile.model(of: smallNetwork(beit(.shared)))
    #expect(model.opsetImport.map(\.version) == [17] && model.opsetImport[0].domain.isEmpty && model.irVersion == 8)
    let counts = Dictionary(grouping: model.graph.node, by: \.opType).mapValues(\.count)
    // Two blocks of six products, two normalisations and one softmax; the table of positions is looked up once.
    #expect(counts["MatMul"] == 16 && counts["LayerNormalization"] == 5 && counts["Softmax"] == 2, "\(counts)")
    #expect(
      counts["Conv"] == 1 && counts["Erf"] == 2 && counts["Gather"] == 1 && counts["ReduceMean"] == 1, "\(counts)")
  }

  @Test func bytesAreNormalisedInTheGraph() throws {
    let network = try smallNetwork()
    let model = try ONNXFile.model(of: network, includesPreprocessing: true)
    #expect(
      sizes(model.graph.input[0]) == ["batch", "16", "16", "3"] && model.graph.input[0].type.tensorType.elemType == 2)
    let bytes = Tensor((0..<2 * 16 * 16 * 3).map { UInt8(truncatingIfNeeded: $0 * 7) }, shape: [2, 16, 16, 3])
    let pixels = PixelNormalization.imageNet
    let patchifier = Patchifier(
      grid: network.encoder.config.grid, patchSize: 4, normalization: pixels, device: .cpu)
    let expected = noGrad { network.encoder(patchifier(bytes)) }.selected(1, 0)
    #expect(difference(try GraphEvaluator(graph: model.graph).values(of: bytes)["class_token"], expected) < 1e-4)
    let inside = model.metadataProps.first { $0.key == "preprocessing" }?.value
    #expect(inside == "\"inside\"")
  }

  @Test func otherImagesAreNotNormalisedInTheGraph() throws {
    let network = try smallNetwork(pixels: fiveChannels) { $0.channels = 5 }
    let error = #expect(throws: InvalidSetting.self) { try ONNXFile.model(of: network, includesPreprocessing: true) }
    #expect(error?.problem.contains("5 channels") == true)
  }

  @Test func halfPrecisionIsWithin() throws {
    let network = try smallNetwork()
    let model = try ONNXFile.model(of: network, precision: .float16)
    let float32 = model.graph.initializer.filter { $0.dataType == 1 }
    #expect(float32.isEmpty && sizes(model.graph.input[0])[0] == "batch")
    #expect(model.graph.input[0].type.tensorType.elemType == 1)
    #expect(model.graph.output.allSatisfy { $0.type.tensorType.elemType == 1 })
    let values = try GraphEvaluator(graph: model.graph).values(of: images)
    let tokens = noGrad { network.encoder(patches(images, 4)) }
    #expect(difference(values["class_token"], tokens.selected(1, 0)) < 0.05)
  }

  @Test func weightsBeyondHalfPrecisionAreRefused() throws {
    let network = try smallNetwork()
    let weight = network.encoder.blocks[1].mlp.fc1.weight.value
    noGrad { weight.selected(0, 3).addInPlace(Tensor.full([32], 70_000)) }
    let error = #expect(throws: ExportError.self) { try ONNXFile.model(of: network, precision: .float16) }
    let text = try #require(error.map { "\($0)" })
    #expect(text.contains("blocks.1.mlp.fc1.weight") && text.contains("65504") && text.contains("float32"), "\(text)")
  }

  @Test func metadataSaysHowImagesAreSeen() throws {
    let network = try smallNetwork(pixels: fiveChannels, facts: [.init("training", "mae")]) { $0.channels = 5 }
    let metadata = Dictionary(
      uniqueKeysWithValues: try ONNXFile.model(of: network).metadataProps.map { ($0.key, $0.value) })
    #expect(metadata["mean"] == "[0.1,0.2,0.3,0.4,0.5]" && metadata["image_size"] == "16")
    #expect(metadata["resize"] == "18" && metadata["crop"] == "16" && metadata["interpolation"] == "\"bicubic\"")
    #expect(metadata["pixel_format"]?.contains("band 5") == true && metadata["facts"] == "{\"training\": \"mae\"}")
    let names = try ONNXFile.model(of: smallScorer(.classToken)).metadataProps.first { $0.key == "class_names" }?.value
    #expect(names == "[\"cat\", \"dog\", \"owl\"]")
  }
}
