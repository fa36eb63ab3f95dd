import DurableFiles

/// The members of a checkpoint: its pickle, and the storages that tensors are views of.
struct PyTorchArchive {
  private let file: ReadableFile
  private let directory: ZipDirectory
  private let members: [String: ZipDirectory.Member]
  private let pickleName: String
  /// Storages that have been read; tensors share them.
  private var storages: [String: Tensor] = [:]

  /// - Throws: `ZipDirectory.Fault`, `FileError`.
  init(_ file: ReadableFile) throws {
    self.file = file
    directory = try ZipDirectory(file)
    members = Dictionary(directory.members.map { ($0.name, $0) }) { first, _ in first }
    guard let name = members.keys.first(where: { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }) else {
      throw ZipDirectory.Fault.foreign
    }
    pickleName = name
    if let order = try content("byteorder"), order != Array("little".utf8) {
      throw ZipDirectory.Fault.damaged("its numbers are big-endian")
    }
  }

  /// Hands out what the pickle describes, which is valid inside `body` only.
  func withPickle<Result>(_ body: (PickleValue) throws -> Result) throws -> Result {
    try content("data.pkl")!.withUnsafeBytes { bytes in
      var machine = PickleMachine(bytes)
      defer { machine.release() }
      return try body(try machine.run())
    }
  }

  /// A view as a tensor of its own.
  mutating func tensor(_ description: PickleValue.PickleTensor) throws -> Tensor {
    let storage = try storage(description.storage)
    return noGrad {
      storage.asStrided(shape: description.shape, strides: description.strides, offset: description.offset)
        .contiguous()
    }
  }

  private mutating func storage(_ description: PickleValue.PickleStorage) throws -> Tensor {
    if let known = storages[description.key] {
      guard known.dtype == description.type, known.shape == [description.elementCount] else {
        throw ZipDirectory.Fault.damaged("the storage '\(description.key)' is described in two ways")
      }
      return known
    }
    guard let bytes = try content("data/" + description.key) else {
      throw ZipDirectory.Fault.damaged("the storage '\(description.key)' is missing")
    }
    let (count, overflow) = description.elementCount.multipliedReportingOverflow(by: description.type.byteCount)
    guard !overflow, bytes.count == count else {
      throw ZipDirectory.Fault.damaged(
        "the storage '\(description.key)' has \(bytes.count) bytes for \(description.elementCount) elements")
    }
    let tensor = Tensor(shape: [description.elementCount], dtype: description.type) { destination in
      bytes.withUnsafeBytes { destination.copyMemory(from: $0) }
    }
    storages[description.key] = tensor
    return tensor
  }

  /// The bytes of a member beside the pickle; nil where there is none.
  private func content(_ name: String) throws -> [UInt8]? {
    guard let member = members[pickleName.dropLast("data.pkl".count) + name] else { return nil }
    // torch.save stores; what is packed was packed by something else.
    guard member.method == 0, !member.isEncrypted else {
      throw ZipDirectory.Fault.damaged("its member '\(member.name)' is packed, which torch.save never does")
    }
    let bytes = try file.bytes(directory.dataRange(member))
    // torch.save writes 0 where it was told to compute none (torch.serialization.set_crc32_options).
    guard member.checksum == 0 || bytes.withUnsafeBytes({ CRC32($0).value }) == member.checksum else {
      throw ZipDirectory.Fault.damaged("the bytes of '\(member.name)' do not add up to its checksum")
    }
    return bytes
  }
}
