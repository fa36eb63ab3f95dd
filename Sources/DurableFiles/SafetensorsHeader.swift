import Foundation

/// The JSON at the beginning of a safetensors file, as it stands: nothing is checked yet but its form.
struct SafetensorsHeader: Decodable {
  /// One tensor's line.
  struct Line: Decodable {
    let dtype: String
    let shape: [Int]
    let dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  let metadata: [String: String]
  let lines: [String: Line]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    var metadata: [String: String] = [:]
    var lines: [String: Line] = [:]
    for name in container.allKeys {
      if name.stringValue == SafetensorsFormat.metadataKey {
        metadata = try container.decodeIfPresent([String: String].self, forKey: name) ?? [:]
      } else {
        lines[name.stringValue] = try container.decode(Line.self, forKey: name)
      }
    }
    self.metadata = metadata
    self.lines = lines
  }

  /// Reads the header of `file`, and where its tensors begin.
  static func read(_ file: MappedFile) throws -> (header: SafetensorsHeader, dataStart: Int) {
    let bytes = file.bytes
    guard bytes.count > 8 else { throw SafetensorsError(file.url, .truncated(expected: 10, actual: bytes.count)) }
    // The format asks that a header begin with this brace: what does not is of another format, whatever length
    // its first eight bytes would spell.
    guard bytes[8] == UInt8(ascii: "{") else {
      throw SafetensorsError(file.url, .foreign(looksLike: otherFormat(bytes)))
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= SafetensorsFormat.headerLimit else { throw SafetensorsError(file.url, .oversizedHeader(length)) }
    let end = 8 + Int(length)
    guard end <= bytes.count else { throw SafetensorsError(file.url, .truncated(expected: end, actual: bytes.count)) }
    do {
      return (try JSONDecoder().decode(SafetensorsHeader.self, from: Data(bytes[8..<end])), end)
    } catch let error as DecodingError {
      throw SafetensorsError(file.url, .badHeader(reason(error)))
    }
  }

  private static func otherFormat(_ bytes: UnsafeRawBufferPointer) -> String? {
    let known: [([UInt8], String)] = [
      ([0x50, 0x4B, 0x03, 0x04], "a PyTorch checkpoint or another zip archive"),
      ([0x80, 0x02], "a PyTorch checkpoint from before 1.6 (pickle): load it in Python and save it again"),
      ([0x89, 0x48, 0x44, 0x46], "HDF5"),
      ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "NumPy's .npy"),
      (Array("version https://git-lfs".utf8), "a Git LFS pointer: fetch the file itself with 'git lfs pull'"),
      (Array("<".utf8), "a web page"),
      (Array("{".utf8), "JSON" + (partsNamed(in: bytes).map { ", the index of a checkpoint in \($0)" } ?? "")),
    ]
    return known.first { bytes.starts(with: $0.0) }?.1
  }

  /// The parts that an index names, such as Hugging Face's `model.safetensors.index.json`, and what to do; nil for other JSON.
  private static func partsNamed(in bytes: UnsafeRawBufferPointer) -> String? {
    struct Index: Decodable {
      let weightMap: [String: String]
      enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
    }
    guard bytes.count <= SafetensorsFormat.headerLimit,
      let index = try? JSONDecoder().decode(Index.self, from: Data(bytes)), let first = index.weightMap.values.min()
    else { return nil }
    let count = Set(index.weightMap.values).count
    return "\(count) part\(count == 1 ? "" : "s") such as '\(first)': join them into one safetensors file and name that"
  }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context): "\(path(context)) lacks '\(key.stringValue)'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context): "\(path(context)) has a value of a wrong type"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty ? "it is not JSON" : "\(path(context)) has an unusable value"
    @unknown default: "it is not JSON"
    }
  }

  private static func path(_ context: DecodingError.Context) -> String {
    context.codingPath.isEmpty ? "it" : "'" + context.codingPath.map(\.stringValue).joined(separator: "/") + "'"
  }
}
