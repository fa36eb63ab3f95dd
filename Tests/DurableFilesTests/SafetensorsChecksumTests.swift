import DurableFiles
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsChecksumTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func written(metadata: [String: String] = ["heads": "3"]) throws -> Data {
    let url = folder.file("whole.safetensors")
    let values = (0..<40).map { Float($0) / 7 }
    try SafetensorsWriter.write(
      [.init(name: "weight", dtype: "F32", shape: [40]) { sink in try values.withUnsafeBytes { try sink.write($0) } }],
      metadata: metadata, to: url)
    return try Data(contentsOf: url)
  }

  private func read(_ data: Data) throws -> SafetensorsFile {
    let url = folder.file("changed.safetensors")
    try data.write(to: url)
    return try SafetensorsFile(url)
  }

  @Test func noByteCanBeFlippedUnnoticed() throws {
    let whole = try written()
    let key = try #require(whole.range(of: Data("\"splitmask_crc32\"".utf8)))
    for place in whole.indices where !key.contains(place) {
      var damaged = whole
      damaged[place] ^= 0x10
      #expect(throws: SafetensorsError.self, "byte \(place)") { try read(damaged) }
    }
    var damaged = whole
    damaged[whole.count - 1] ^= 1
    let error = #expect(throws: SafetensorsError.self) { try read(damaged) }
    #expect(error?.problem == .wrongChecksum && "\(error!)".contains("damaged"))
  }

  @Test func whoWantsTheHeaderAloneNeedNotReadTheBytes() throws {
    var damaged = try written()
    damaged[damaged.count - 1] ^= 1
    let url = folder.file("damaged.safetensors")
    try damaged.write(to: url)
    #expect(throws: SafetensorsError.self) { try SafetensorsFile(url) }
    #expect(try SafetensorsFile(url, checkingBytes: false)["weight"]?.shape == [40])
  }

  /// What the file says, with zeros for the digits, gives the digits: another program can check them with zlib's crc32.
  @Test func theChecksumIsThatOfTheFileWithZeros() throws {
    var data = try written(metadata: [:])
    let mark = try #require(data.range(of: Data("\"splitmask_crc32\":\"\\\"".utf8)))
    let digits = mark.upperBound..<mark.upperBound + 8
    let told = String(decoding: data[digits], as: UTF8.self)
    data.replaceSubrange(digits, with: Data("00000000".utf8))
    let checksum = [UInt8](data).withUnsafeBytes { CRC32($0).value }
    #expect(UInt32(told, radix: 16) == checksum)
  }

  @Test func itIsNoneOfTheFilesOwnStrings() throws {
    #expect(try read(written()).metadata == ["heads": "3"])
    #expect(try read(written(metadata: [:])).metadata.isEmpty)
  }

  /// Files of other programs and of earlier versions have none.
  @Test func filesWithoutOneAreRead() throws {
    #expect(try SafetensorsFile(golden("safetensors/mixed.safetensors")).names.count == 7)
  }

  /// A program that reads the metadata as JSON, as all our values are, must not fail on it.
  @Test func itsValueIsJSON() throws {
    let whole = try written()
    let length = whole.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let header = try #require(
      try JSONSerialization.jsonObject(with: whole.dropFirst(8).prefix(length)) as? [String: Any])
    let metadata = try #require(header["__metadata__"] as? [String: String])
    let value = try JSONSerialization.jsonObject(
      with: Data(try #require(metadata["splitmask_crc32"]).utf8), options: .fragmentsAllowed)
    #expect((value as? String)?.count == 8)
  }
}
