import DurableFiles
import Foundation
import SplitMaskCore
import TestSupport
import Testing

/// A safetensors file from a header as text and the bytes after it.
private func fileBytes(_ header: String, data: Int = 0, length: UInt64? = nil) -> Data {
  var bytes = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Data($0) }
  bytes.append(Data(header.utf8))
  bytes.append(Data(count: data))
  return bytes
}

@Suite struct SafetensorsFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func error(_ bytes: Data) throws -> SafetensorsError {
    let url = folder.file("bad.safetensors")
    try bytes.write(to: url)
    let error = try #require(throws: SafetensorsError.self) { try SafetensorsFile(url) }
    #expect("\(error)".hasPrefix(url.path))
    if let tensor = error.tensor { #expect("\(error)".contains("'\(tensor)'")) }
    return error
  }

  @Test func readsWhatTheReferenceImplementationWrote() throws {
    let file = try SafetensorsFile(golden("safetensors/mixed.safetensors"))
    #expect(file.metadata == ["model": "vit-tiny", "note": "quote \" slash / line\nü"])
    let odd = "odd \"name\"/é\n"
    #expect(Set(file.names) == ["blocks.0.attn.qkv.weight", "half", "step", "mask", "bytes", "none", odd])

    let weight = try file.entry("blocks.0.attn.qkv.weight")
    #expect(weight.dtype == "F32" && weight.shape == [3, 4])
    #expect(values(weight, Float.self) == (0..<12).map { Float($0) / 8 })
    #expect(values(try file.entry("half"), UInt16.self) == [0x3FC0, 0xC000])
    #expect(try file.entry("step").shape == [])
    #expect(values(try file.entry("step"), Int64.self) == [1 << 40])
    #expect(values(try file.entry("mask"), UInt8.self) == [1, 0, 1])
    #expect(values(try file.entry("bytes"), UInt8.self) == [0, 1, 2, 3, 4])
    #expect(try file.entry("none").shape == [0, 7] && file["none"]?.bytes.isEmpty == true)
    #expect(values(try file.entry(odd), Double.self) == [0.1])
  }

  private func values<Element>(_ entry: SafetensorsFile.Entry, _ type: Element.Type) -> [Element] {
    let bytes = entry.bytes
    return stride(from: 0, to: bytes.count, by: MemoryLayout<Element>.size).map {
      bytes.loadUnaligned(fromByteOffset: $0, as: type)
    }
  }

  @Test func aMissingTensorNamesTheNearest() throws {
    let file = try SafetensorsFile(golden("safetensors/mixed.safetensors"))
    #expect(file["blocks.0.attn.qkv.wieght"] == nil)
    let error = try #require(throws: SafetensorsError.self) { try file.entry("blocks.0.attn.qkv.wieght") }
    #expect(error.problem == .missing(nearest: "blocks.0.attn.qkv.weight"))
  }

  @Test func anIndexOfPartsIsToldFromOtherJSON() throws {
    let index =
      #"{"metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#
    let text = "\(try error(Data(index.utf8)))"
    #expect(text.contains("index of a checkpoint in 2 parts such as 'model-00001-of-00002.safetensors'"), "\(text)")
    #expect("\(try error(Data("{\"epoch\": 3, \"loss\": 1}".utf8)))".hasSuffix("it looks like JSON"))
  }

  @Test func everyTruncationIsAnError() throws {
    let whole = try Data(contentsOf: golden("safetensors/mixed.safetensors"))
    for count in stride(from: 0, to: whole.count, by: 5) {
      let problem = try error(whole.prefix(count)).problem
      guard case .truncated(let expected, let actual) = problem else {
        Issue.record("\(count) bytes: \(problem)")
        continue
      }
      #expect(actual == count && expected > count && expected <= whole.count)
    }
  }

  @Test func aForeignFileIsNamed() throws {
    let zip = Data([0x50, 0x4B, 3, 4]) + Data(repeating: 1, count: 40)
    #expect(try error(zip).problem == .foreign(looksLike: "a PyTorch checkpoint or another zip archive"))
    #expect(try error(Data("some text that is no tensor".utf8)).problem == .foreign(looksLike: nil))
    #expect(try error(Data("version https://git-lfs.github.com/spec/v1".utf8)).description.contains("git lfs pull"))
  }

  @Test func anOversizedHeaderIsRefusedBeforeItIsRead() throws {
    for length in [UInt64(100_000_001), .max, UInt64(Int.max)] {
      #expect(try error(fileBytes("{}", length: length)).problem == .oversizedHeader(length))
    }
    #expect(try error(fileBytes("{}", length: 100_000_000)).problem == .truncated(expected: 100_000_008, actual: 10))
  }

  @Test(arguments: [
    ("{\"a\":", "it is not JSON"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", "'a' lacks 'data_offsets'"),
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}",
      "'a/shape/Index 0' has a value of a wrong type"
    ),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", "data_offsets [0] are no range"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", "data_offsets [4, 0] are no range"),
    ("{\"__metadata__\":{\"a\":1}}", "'__metadata__/a' has a value of a wrong type"),
  ])
  func aDamagedHeaderSaysWhere(header: String, reason: String) throws {
    #expect(try error(fileBytes(header, data: 4)).problem == .badHeader(reason))
  }

  @Test func theHeaderMustFitTheBytes() throws {
    func line(_ name: String, _ type: String, _ shape: [Int], _ start: Int, _ end: Int) -> String {
      "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(start),\(end)]}"
    }
    func problem(_ lines: String..., data: Int) throws -> SafetensorsError.Problem {
      try error(fileBytes("{" + lines.joined(separator: ",") + "}", data: data)).problem
    }
    #expect(try problem(line("a", "F33", [1], 0, 4), data: 4) == .unknownType("F33"))
    #expect(
      try problem(line("a", "F32", [2], 0, 4), data: 4) == .sizeMismatch(shape: [2], type: "F32", bytes: 4))
    #expect(
      try problem(line("a", "F32", [-1], 0, 4), data: 4) == .sizeMismatch(shape: [-1], type: "F32", bytes: 4))
    let huge = [1 << 40, 1 << 40]
    #expect(try problem(line("a", "U8", huge, 0, 4), data: 4) == .sizeMismatch(shape: huge, type: "U8", bytes: 4))
    // Empty, but with strides beyond all numbers.
    let empty = [0, 1 << 62, 1 << 62]
    #expect(try problem(line("a", "U8", empty, 0, 0), data: 0) == .sizeMismatch(shape: empty, type: "U8", bytes: 0))
    #expect(try problem(line("a", "F4", [1], 0, 1), data: 1) == .sizeMismatch(shape: [1], type: "F4", bytes: 1))
    #expect(
      try problem(line("a", "U8", [4], 0, 4), line("b", "U8", [4], 2, 6), data: 6)
        == .misplaced(start: 2, expected: 4))
    #expect(
      try problem(line("a", "U8", [4], 0, 4), line("b", "U8", [4], 6, 10), data: 10)
        == .misplaced(start: 6, expected: 4))
    #expect(try problem(line("a", "U8", [4], -4, 0), data: 4) == .misplaced(start: -4, expected: 0))
    #expect(try problem(line("a", "U8", [4], 0, 4), data: 9) == .trailingBytes(5))
    let far = try problem(line("a", "U8", [1 << 50], 0, 1 << 50), data: 4)
    guard case .truncated(let expected, _) = far else {
      Issue.record("\(far)")
      return
    }
    #expect(expected > 1 << 50)
  }
}
