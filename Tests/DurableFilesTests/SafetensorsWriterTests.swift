import DurableFiles
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func item<Element>(
    _ name: String, _ type: String, _ shape: [Int], _ values: [Element]
  ) -> SafetensorsWriter.Item {
    SafetensorsWriter.Item(name: name, dtype: type, shape: shape) { sink in
      try values.withUnsafeBytes { try sink.write($0) }
    }
  }

  /// The tensors of `Goldens/safetensors/make.py`, whose `check` compares the file with them.
  private var mixed: [SafetensorsWriter.Item] {
    [
      item("mask", "BOOL", [3], [true, false, true]),
      item("blocks.0.attn.qkv.weight", "F32", [3, 4], (0..<12).map { Float($0) / 8 }),
      item("half", "BF16", [1, 2], [UInt16(0x3FC0), 0xC000]),
      item("bytes", "U8", [5], Array(0..<UInt8(5))),
      item("step", "I64", [], [Int64(1) << 40]),
      item("none", "F64", [0, 7], [Double]()),
      item("odd \"name\"/é\n", "F64", [1], [0.1]),
    ]
  }

  @Test func holdsWhatTheReferenceImplementationWrote() throws {
    let url = folder.file("ours.safetensors")
    let reference = try SafetensorsFile(golden("safetensors/mixed.safetensors"))
    try SafetensorsWriter.write(mixed, metadata: reference.metadata, to: url)
    let ours = try SafetensorsFile(url)
    #expect(ours.metadata == reference.metadata)
    #expect(Set(ours.names) == Set(reference.names))
    for name in ours.names {
      let (a, b) = (try ours.entry(name), try reference.entry(name))
      #expect(a.dtype == b.dtype && a.shape == b.shape && Data(a.bytes) == Data(b.bytes), "\(name)")
    }
    if let copy = ProcessInfo.processInfo.environment["SPLITMASK_KEEP_SAFETENSORS"] {
      try Data(contentsOf: url).write(to: URL(fileURLWithPath: copy))
    }
  }

  @Test func theBytesAreThoseOfTheFormat() throws {
    let url = folder.file("small.safetensors")
    let items = [item("b", "U8", [2], [UInt8(1), 2]), item("a/c", "F32", [1], [Float(1)])]
    try SafetensorsWriter.write(items, metadata: ["z": "1", "y": "\"é/"], to: url)
    let found = try Data(contentsOf: url)
    let mark = try #require(found.range(of: Data("splitmask_crc32\":\"\\\"".utf8)))
    let checksum = String(decoding: found[mark.upperBound..<mark.upperBound + 8], as: UTF8.self)
    let header =
      "{\"__metadata__\":{\"splitmask_crc32\":\"\\\"\(checksum)\\\"\",\"y\":\"\\\"é/\",\"z\":\"1\"},"
      + "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[4,6]},"
      + "\"a/c\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    var expected = Data([UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0])
    expected += Data(padded.utf8) + Data([0, 0, 0x80, 0x3F, 1, 2])
    #expect(found == expected)
  }

  @Test func everyTensorIsAligned() throws {
    let url = folder.file("aligned.safetensors")
    try SafetensorsWriter.write(mixed, to: url)
    let file = try SafetensorsFile(url)
    let widths = ["F64": 8, "I64": 8, "F32": 4, "BF16": 2]
    for name in file.names {
      let entry = try file.entry(name)
      guard let address = entry.bytes.baseAddress else { continue }
      #expect(Int(bitPattern: address) % widths[entry.dtype, default: 1] == 0, "\(name)")
    }
  }

  @Test func aFileOfNothingIsValid() throws {
    let url = folder.file("empty.safetensors")
    try SafetensorsWriter.write([SafetensorsWriter.Item](), to: url)
    #expect(try SafetensorsFile(url).names.isEmpty)
  }

  @Test func refusesWhatItsHeaderWouldMisstate() throws {
    let url = folder.file("bad.safetensors")
    func problem(_ items: SafetensorsWriter.Item...) throws -> SafetensorsError.Problem {
      try #require(throws: SafetensorsError.self) { try SafetensorsWriter.write(items, to: url) }.problem
    }
    let good = item("a", "U8", [1], [UInt8(1)])
    #expect(try problem(good, good) == .unusableName)
    #expect(try problem(item("__metadata__", "U8", [1], [UInt8(1)])) == .unusableName)
    #expect(try problem(item("a", "float", [1], [UInt8(1)])) == .unknownType("float"))
    #expect(
      try problem(item("a", "U8", [3], [UInt8(1), 2])) == .sizeMismatch(shape: [3], type: "U8", bytes: 2))
    #expect(try folder.names.isEmpty)
  }
}
