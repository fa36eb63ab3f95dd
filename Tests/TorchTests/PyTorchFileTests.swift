import Foundation
import Testing
import Torch

/// Files of Tests/Goldens/pytorch/make.py.
@Suite struct PyTorchFileTests {
  private static let goldens = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Goldens/pytorch")

  private func golden(_ name: String) -> URL { Self.goldens.appendingPathComponent(name) }

  /// Reads changed bytes of the whole checkpoint.
  private func read(_ change: (inout Data) -> Void) throws -> PyTorchFile {
    var data = try Data(contentsOf: golden("state.pth"))
    change(&data)
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).pth")
    try data.write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try PyTorchFile(url)
  }

  private func fault(_ change: (inout Data) -> Void) -> PyTorchFileError.Problem? {
    #expect(throws: PyTorchFileError.self) { try read(change) }?.problem
  }

  @Test func tensorsComeByTheirPaths() throws {
    let tensors = try PyTorchFile(golden("state.pth")).tensors
    let base = (0..<12).map { Float($0) * 0.5 - 1 }
    #expect(tensors["model.blocks.0.weight"]?.shape == [3, 4])
    #expect(tensors["model.blocks.0.weight"]?.array(of: Float.self) == base)
    #expect(tensors["model.blocks.0.transposed"]?.shape == [4, 3])
    #expect(tensors["model.blocks.0.transposed"]?.array(of: Float.self).prefix(3) == [base[0], base[4], base[8]])
    #expect(tensors["model.blocks.0.row"]?.array(of: Float.self) == Array(base[4..<8]))
    #expect(tensors["model.cls_token"]?.shape == [1, 1, 4])
    #expect(tensors["model.head.bias"]?.array(of: Float.self) == Array(base[..<3]))
    #expect(tensors["model.scalar"]?.item() == 7.5)
    #expect(tensors["model.empty"]?.shape == [0, 3])
    #expect(tensors.count == 14)
  }

  @Test(arguments: [
    ("float64", DType.float64), ("float16", .float16), ("bfloat16", .bfloat16), ("int64", .int64), ("int32", .int32),
    ("uint8", .uint8), ("bool", .bool),
  ])
  func everyElementTypeIsRead(name: String, dtype: DType) throws {
    let tensor = try #require(try PyTorchFile(golden("state.pth")).tensors["model.types.\(name)"])
    #expect(tensor.dtype == dtype)
    let exact: [Double] = [1, 0.5, 0, 0.5, 1]
    let expected = exact.map { dtype == .bool ? ($0 == 0 ? 0 : 1) : dtype.isFloatingPoint ? $0 : $0.rounded(.down) }
    #expect(tensor.array(of: Double.self) == expected)
  }

  @Test func foreignObjectIsRefusedByName() {
    let error = #expect(throws: PyTorchFileError.self) { try PyTorchFile(golden("namespace.pth")) }
    #expect(error?.problem == .foreignObject("argparse.Namespace"))
    #expect("\(error!)".contains("any code"))
  }

  @Test func oldAndOtherFilesAreNoArchives() throws {
    for name in ["legacy.pth", "make.py"] {
      let error = #expect(throws: PyTorchFileError.self) { try PyTorchFile(golden(name)) }
      guard case .notAnArchive = error?.problem else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
    }
  }

  /// A pickle that would run a command if anything in it were called.
  @Test func commandInAPickleIsNotRun() throws {
    let original = try Data(contentsOf: golden("state.pth"))
    let name = Data("collections\nOrderedDict\n".utf8)
    let command = Data("posix\nsystem\n".utf8)
    let range = try #require(original.range(of: name))
    let problem = fault { data in
      // The same length, so that the archive stays whole; what follows is never reached.
      data.replaceSubrange(range, with: command + Data(repeating: UInt8(ascii: "0"), count: name.count - command.count))
    }
    #expect(problem == .foreignObject("posix.system") || problem.map { "\($0)".contains("damaged") } == true)
  }

  @Test func cutFilesAreRefused() throws {
    let size = try Data(contentsOf: golden("state.pth")).count
    for share in [0.0, 0.2, 0.5, 0.9, 0.99] {
      #expect(fault { $0 = $0.prefix(Int(Double(size) * share)) } != nil, "\(share)")
    }
  }

  /// No damage makes the reader read beyond the file, or end the process.
  @Test func damagedBytesNeverCrash() throws {
    let size = try Data(contentsOf: golden("state.pth")).count
    for place in stride(from: 0, to: size, by: 7) {
      for value in [UInt8(0xFF), 0x00] {
        do {
          _ = try read { $0[place] = value }
        } catch is PyTorchFileError {}
      }
    }
  }
}
