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

  /// DINO's full checkpoints hold the arguments of the program that made them.
  @Test func otherObjectsArePassedOverByName() throws {
    let file = try PyTorchFile(golden("namespace.pth"))
    #expect(file.otherObjects == ["argparse.Namespace"])
    #expect(file.tensors.count == 14 && file.tensors["model.scalar"]?.item() == 7.5)
  }

  @Test func aCheckpointOfLightningIsRead() throws {
    let file = try PyTorchFile(golden("lightning.ckpt"))
    #expect(file.tensors["state_dict.model.norm.weight"]?.array(of: Float.self) == [-1, -0.5, 0])
    #expect(file.tensors["optimizer_states.0.state.0.exp_avg"]?.shape == [3])
    #expect(file.otherObjects.contains("pathlib.PosixPath"), "\(file.otherObjects)")
  }

  /// A whole model can only be made by running its code.
  @Test func aPickledModelIsRefusedByName() {
    let error = #expect(throws: PyTorchFileError.self) { try PyTorchFile(golden("module.pth")) }
    #expect(error?.problem == .foreignObject("torch.nn.modules.linear.Linear"))
    #expect("\(error!)".contains("any code") && "\(error!)".contains("state_dict()"))
  }

  /// torch.serialization.set_crc32_options(False) leaves the checksums out.
  @Test func aFileWithoutChecksumsIsRead() throws {
    #expect(try PyTorchFile(golden("unchecked.pth")).tensors["weight"]?.array(of: Float.self) == [-1, -0.5, 0])
  }

  @Test func flippedBytesOfATensorAreNoticed() throws {
    let base = (0..<12).map { Float($0) * 0.5 - 1 }
    let place = try #require(
      try Data(contentsOf: golden("state.pth")).range(of: base.withUnsafeBytes { Data($0) })
    ).lowerBound
    let problem = fault { $0[place + 6] ^= 0x40 }
    guard case .damaged(let reason) = problem else {
      Issue.record("\(String(describing: problem))")
      return
    }
    #expect(reason.contains("checksum"))
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
    // The pickle no longer adds up to its checksum; with a right one, the name alone would be kept.
    #expect(problem.map { "\($0)".contains("checksum") } == true)
  }

  @Test func cutFilesAreRefused() throws {
    let size = try Data(contentsOf: golden("state.pth")).count
    for share in [0.0, 0.2, 0.5, 0.9, 0.99] {
      let problem = fault { $0 = $0.prefix(Int(Double(size) * share)) }
      guard share > 0 else { continue }
      #expect(problem.map { "\($0)".contains("cut short") } == true, "\(share)")
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
