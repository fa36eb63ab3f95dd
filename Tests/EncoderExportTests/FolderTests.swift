import Classification
import DurableFiles
import EncoderExport
import Foundation
import SplitMaskCore
import Testing
import Torch
import VisionModels

/// Folders for `transformers` and timm against what these save themselves (`Tests/Goldens/export/make_names.py`).
@Suite struct FolderTests {
  private struct Goldens: Decodable {
    struct Network: Decodable { let tensors: [String: [Int]] }
    let huggingface: [String: Network]
    let timm: [String: [String: [Int]]]
  }

  private let goldens: Goldens
  private let configs: [String: [String: Any]]
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let data = try Data(contentsOf: TestSupport.goldens.appending(path: "export/networks.json"))
    goldens = try JSONDecoder().decode(Goldens.self, from: data)
    let whole = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let networks = try #require(whole["huggingface"] as? [String: [String: Any]])
    configs = networks.compactMapValues { $0["config"] as? [String: Any] }
  }

  private func network(_ name: String) throws -> ExportedNetwork {
    switch name {
    case "vit": try smallNetwork()
    case "vit-classifier": try smallScorer(.classToken)
    case "beit-shared": try smallNetwork(beit(.shared))
    case "beit-per-block": try smallNetwork(beit(.perBlock))
    case "beit-mean-classifier": try smallScorer(.mean)
    case "registers": try smallNetwork { $0.registers = 2 }
    case "registers-classifier": try smallScorer(.classToken) { $0.registers = 2 }
    default: try smallNetwork { $0.classToken = false }
    }
  }

  private func json(_ name: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(folder.text(name).utf8)) as? [String: Any])
  }

  @Test func tensorsAreThoseOfTransformers() throws {
    #expect(goldens.huggingface.count == 8)
    for (name, golden) in goldens.huggingface {
      let found = try HuggingFaceFolder.tensors(of: network(name)).map { key, value in
        // Version 5 saves it without the prefix that version 4 has, and reads both.
        (key.replacing("vision_model.", with: ""), value.shape)
      }
      #expect(Dictionary(uniqueKeysWithValues: found) == golden.tensors, "\(name)")
    }
  }

  @Test func configurationsAreThoseOfTransformers() throws {
    for (name, golden) in configs {
      try HuggingFaceFolder.write(network(name), to: folder.file(name))
      // What version 4 calls the type is `dtype` in version 5.
      for (key, value) in try json(name + "/config.json") where key != "torch_dtype" {
        let expected = try #require(golden[key], "\(name) \(key)")
        #expect("\(value)" == "\(expected)" || (value as? NSObject) == (expected as? NSObject), "\(name) \(key)")
      }
      #expect(try folder.names.contains(name))
    }
  }

  @Test func tensorsAreThoseOfTimm() throws {
    #expect(goldens.timm.count == 7)
    for (name, golden) in goldens.timm {
      #expect(try TimmFolder.tensors(of: network(name)).mapValues(\.shape) == golden, "\(name)")
    }
  }

  @Test func floatingPointHasAPoint() throws {
    // The configurations of transformers refuse a whole number where they expect floating point.
    try HuggingFaceFolder.write(network("beit-mean-classifier"), to: folder.file("beit"))
    let text = try folder.text("beit/config.json")
    #expect(text.contains("\"layer_scale_init_value\": 0.0") && text.contains("\"layer_norm_eps\": 1e-06"), "\(text)")
    #expect(text.contains("\"use_mean_pooling\": true") && text.contains("\"2\": \"owl\""), "\(text)")
  }

  @Test func timmKnowsTheShape() throws {
    try TimmFolder.write(network("registers"), to: folder.file("timm"))
    let config = try json("timm/config.json")
    let arguments = try #require(config["model_args"] as? [String: Any])
    #expect(config["architecture"] as? String == "vit_tiny_patch16_224" && config["num_classes"] as? Int == 0)
    #expect(arguments["embed_dim"] as? Int == 32 && arguments["reg_tokens"] as? Int == 2)
    #expect(arguments["img_size"] as? [Int] == [16, 16] && arguments["fc_norm"] as? Bool == false)
    #expect(try folder.names == ["timm"], "nothing is left beside it")
  }

  @Test func cardTellsWhatIsKnown() throws {
    let facts = [ExportedNetwork.Fact("images", "20"), .init("training", "splitmask")]
    try HuggingFaceFolder.write(smallNetwork(facts: facts), to: folder.file("hf"))
    let card = try folder.text("hf/README.md")
    #expect(card.hasPrefix("---\nlibrary_name: transformers\n"))
    #expect(
      card.contains("* images: 20") && card.contains("* training: splitmask") && card.contains("0.485"), "\(card)")
  }

  @Test func keysWithoutBiasAreTheSameFunction() throws {
    // BEiT's keys have none: what the file says and what the encoder computes must not differ.
    let network = try smallNetwork { ($0.relativePositionBias, $0.absolutePositions) = (.shared, true) }
    let tensors = try TimmFolder.tensors(of: network)
    let url = folder.file("encoder.safetensors")
    try SafetensorsWriter.write(tensors.map { (name: $0.key, tensor: $0.value) }, to: url)
    let other = try EncoderFile.read(url).encoder
    let images = waves([2, 16, 48])
    #expect(!other.config.keyBias && network.encoder.config.keyBias)
    #expect(difference(noGrad { other(images) }, noGrad { network.encoder(images) }) < 1e-5)
  }
}
