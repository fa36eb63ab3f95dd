import Classification
import DurableFiles
import EncoderExport
import Foundation
import ImageCoding
import SplitMaskCore
import Testing
import Torch
import VisionModels

/// What cannot be written, and what is said then.
@Suite struct RefusalTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func refusal(_ format: ExportFormat, _ network: ExportedNetwork) throws -> String {
    let out = folder.file("out-\(format.rawValue)")
    let error = #expect(throws: ExportError.self) { try NetworkExport(to: format, at: out).write(network) }
    #expect(try !folder.names.contains(out.lastPathComponent))
    return error.map { "\($0)" } ?? ""
  }

  @Test func partsWithoutACounterpartAreNamed() throws {
    var text = try refusal(.huggingFace, smallScorer(.mean) { $0.registers = 2 })
    #expect(text.contains("registers in a classifier") && text.hasSuffix("use --to onnx or --to timm"), "\(text)")
    text = try refusal(.huggingFace, smallScorer(.mean) { $0.classToken = false })
    #expect(text.contains("without a class token") && text.hasSuffix("use --to onnx or --to timm"), "\(text)")
    text = try refusal(.timm, smallNetwork { $0.normEpsilon = 1e-12 })
    #expect(text.contains("1e-12") && text.hasSuffix("use --to onnx or --to huggingface"), "\(text)")
    let relative = try smallNetwork { ($0.relativePositionBias, $0.registers) = (.shared, 2) }
    for format in [ExportFormat.huggingFace, .timm] {
      text = try refusal(format, relative)
      #expect(text.contains("relative positions beside registers") && text.hasSuffix("use --to onnx"), "\(text)")
    }
    let rotary = try smallNetwork { ($0.rotaryPositions, $0.absolutePositions, $0.registers) = (true, false, 4) }
    for format in ExportFormat.allCases {
      let out = folder.file("rotary-\(format.rawValue)\(format == .onnx ? ".onnx" : "")")
      let error = #expect(throws: ExportError.self) { try NetworkExport(to: format, at: out).write(rotary) }
      #expect(error?.description.contains("positions are rotary") == true)
      #expect(error?.description.hasSuffix("the file or run that it came from") == true)
    }
    let oblong = try smallNetwork {
      ($0.relativePositionBias, $0.imageSize) = (.shared, ImageSize(height: 16, width: 24))
    }
    for format in [ExportFormat.huggingFace, .timm] {
      text = try refusal(format, oblong)
      #expect(text.contains("not square") && text.hasSuffix("use --to onnx"), "\(text)")
    }
    text = try refusal(.huggingFace, smallScorer(.mean) { $0.normEpsilon = 1e-12 })
    #expect(text.contains("normalisation after pooling"), "\(text)")
  }

  @Test func optionsOfOtherFormatsAreRefused() throws {
    let out = folder.file("out")
    #expect(throws: InvalidSetting.self) { try NetworkExport(to: .timm, precision: .float16, at: out) }
    #expect(throws: InvalidSetting.self) { try NetworkExport(to: .huggingFace, includesPreprocessing: true, at: out) }
    #expect(throws: InvalidSetting.self) { try NetworkExport(to: .onnx, at: out) }
  }

  @Test func nothingElseIsReplaced() throws {
    let input = try folder.write("weights", to: "in/model.safetensors")
    let other = try folder.write("weights", to: "model.safetensors")
    func prepare(_ out: String, overwriting: Bool = false, reading: URL) throws {
      try NetworkExport(to: .timm, at: folder.file(out)).prepare(overwriting: overwriting, reading: reading)
    }
    func refusal(_ out: String, overwriting: Bool = false, reading: URL) -> String {
      let error = #expect(throws: InvalidSetting.self) { try prepare(out, overwriting: overwriting, reading: reading) }
      return error?.problem ?? ""
    }
    #expect(refusal("in", reading: other).contains("--overwrite"))
    #expect(refusal("in", overwriting: true, reading: input).contains("read as input"))
    try prepare("in", overwriting: true, reading: other)
    try folder.write("mine", to: "in/notes.txt")
    #expect(refusal("in", overwriting: true, reading: other).contains("notes.txt"))
    #expect(refusal("model.safetensors", overwriting: true, reading: input).contains("is a file"))
    try prepare("new/deep", reading: input)
    #expect(try folder.text("in/notes.txt") == "mine")
  }

  @Test func anEarlierExportIsReplaced() throws {
    let out = folder.file("out")
    let network = try smallNetwork()
    _ = try NetworkExport(to: .huggingFace, at: out).write(network)
    let written = try NetworkExport(to: .timm, at: out).write(network)
    #expect(try FileManager.default.contentsOfDirectory(atPath: out.path).sorted() == TimmFolder.files)
    #expect(written.bytes > 100_000 && written.snippet.split(separator: "\n").count == 3)
    #expect(try folder.names == ["out"])
  }

  @Test func otherFilesAreNamed() throws {
    let url = folder.file("features.safetensors")
    try SafetensorsWriter.write([(name: "features", tensor: Tensor.zeros([4, 32]))], to: url)
    let view = ExportedNetwork.View(resize: 16, crop: 16)
    let error = #expect(throws: ExportError.self) {
      try ExportedNetwork.read(url, encoderOnly: false) { _, _ in view }
    }
    #expect(error.map { "\($0)" }?.contains("a table of features") == true)
    let detector = folder.file("detector.safetensors")
    try SafetensorsWriter.write(
      [(name: "x", tensor: Tensor.zeros([1]))], metadata: ["detector": "{}"], to: detector)
    let other = #expect(throws: ExportError.self) {
      try ExportedNetwork.read(detector, encoderOnly: false) { _, _ in view }
    }
    #expect(other.map { "\($0)" }?.contains("splitmask detect predict") == true)
  }

  @Test func classifiersAreReadWithTheirHeads() throws {
    let url = folder.file("classifier.safetensors")
    try ClassifierFile.write(smallClassifier(.mean), normalization: .imageNet, to: url)
    func network(_ encoderOnly: Bool) throws -> ExportedNetwork {
      try ExportedNetwork.read(url, encoderOnly: encoderOnly) { size, isClassifier in
        #expect(isClassifier != encoderOnly)
        return .init(resize: size.height, crop: size.height)
      }.network
    }
    #expect(try network(false).head?.classNames == ["cat", "dog", "owl"])
    #expect(try network(true).head == nil)
  }
}
