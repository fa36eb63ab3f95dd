import Foundation
import Torch

/// A checkpoint of `torch.save`, written by hand: stored members without checksums.
struct PyTorchArchiveFixture {
  /// The pickle's instructions, without the first and the last.
  var pickle: [UInt8]
  /// The bytes of the storages by their keys.
  var storages: [String: [UInt8]] = [:]

  /// Reads the checkpoint.
  func read() throws -> PyTorchFile { try Self.read(bytes) }

  /// Reads a file of those bytes.
  static func read(_ bytes: [UInt8]) throws -> PyTorchFile {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).pth")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(bytes).write(to: url)
    return try PyTorchFile(url)
  }

  private var bytes: [UInt8] {
    var members: [(name: String, content: [UInt8])] = [("data.pkl", [0x80, 2] + pickle + [UInt8(ascii: ".")])]
    for (key, content) in storages.sorted(by: { $0.key < $1.key }) { members.append(("data/" + key, content)) }
    var file: [UInt8] = []
    var list: [UInt8] = []
    for member in members {
      let name = Array("archive/\(member.name)".utf8)
      // Version, flags, method, time, date and checksum are all zero.
      let zeros = [UInt8](repeating: 0, count: 14)
      let numbers = [(member.content.count, 4), (member.content.count, 4), (name.count, 2), (0, 2)]
      let shared = zeros + numbers.flatMap { little($0, $1) }
      list += little(0x0201_4b50, 4) + little(0, 2) + shared
      list += [UInt8](repeating: 0, count: 10) + little(file.count, 4) + name
      file += little(0x0403_4b50, 4) + shared
      file += name + member.content
    }
    let numbers = [
      (0x0605_4b50, 4), (0, 4), (members.count, 2), (members.count, 2), (list.count, 4), (file.count, 4), (0, 2),
    ]
    let end = numbers.flatMap { little($0, $1) }
    return file + list + end
  }
}

/// A number of that many bytes, the lowest first.
func little(_ number: Int, _ width: Int) -> [UInt8] {
  (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

/// Instructions of a pickle.
enum Pickle {
  static let emptyList = UInt8(ascii: "]")
  static let append = UInt8(ascii: "a")
  static let tupleOfOne: UInt8 = 0x85

  static func text(_ text: String) -> [UInt8] { [0x8c, UInt8(text.utf8.count)] + text.utf8 }
  static func integer(_ number: Int) -> [UInt8] { [0x8a, 8] + little(number, 8) }
  static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
  static func tuple(_ items: [[UInt8]]) -> [UInt8] { group("(", items, "t") }
  static func list(_ items: [[UInt8]]) -> [UInt8] { [emptyList] + group("(", items, "e") }
  static func remember(_ number: UInt8) -> [UInt8] { [UInt8(ascii: "q"), number] }
  static func remembered(_ number: UInt8) -> [UInt8] { [UInt8(ascii: "h"), number] }

  static func tensor(
    _ type: String = "FloatStorage", key: String = "0", count: Int, offset: Int = 0, shape: [Int], strides: [Int]
  ) -> [UInt8] {
    let storage = tuple([text("storage"), global("torch", type), text(key), text("cpu"), integer(count)])
    let arguments = [
      storage + [UInt8(ascii: "Q")], integer(offset), tuple(shape.map(integer)), tuple(strides.map(integer)),
    ]
    return global("torch._utils", "_rebuild_tensor_v2") + tuple(arguments) + [UInt8(ascii: "R")]
  }

  private static func group(_ start: Character, _ items: [[UInt8]], _ end: Character) -> [UInt8] {
    [start.asciiValue!] + Array(items.joined()) + [end.asciiValue!]
  }
}
