import Foundation
import ImageCoding

/// A file of CIFAR-10's binary version: 3,073 bytes an image, its class and three planes of 32 × 32 pixels.
struct CIFARBatch {
  static let side = 32
  static let recordSize = 1 + 3 * side * side

  /// The class of each image.
  let labels: [Int]

  /// Whether a file's name and size are those of a batch; one of CIFAR-10's own names is enough, so that a file that was
  /// cut is told as that.
  static func looksLikeBatch(_ path: String, byteCount: Int) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard name.hasSuffix(".bin") else { return false }
    return name.hasPrefix("data_batch_") || name == "test_batch.bin" || (byteCount > 0 && byteCount % recordSize == 0)
  }

  /// The training images of a folder, or the test images where there are only those; empty for any other folder.
  static func files(in folder: String) -> [String] {
    let named: [String] = (1...5).map { "\(folder)/data_batch_\($0).bin" }
    let batches = named.filter { access($0, F_OK) == 0 }
    let test = folder + "/test_batch.bin"
    return batches.isEmpty && access(test, F_OK) == 0 ? [test] : batches
  }

  /// - Throws: `DatasetError` for a file that is cut, or none of CIFAR-10's.
  init(path: String) throws {
    let size = Self.recordSize
    labels = try Self.withFile(path) { bytes in
      guard !bytes.isEmpty, bytes.count % size == 0 else {
        throw DatasetError(
          """
          \(path) is no whole file of CIFAR-10's binary version: its \(bytes.count) bytes are no multiple of \(size); \
          fetch it again
          """)
      }
      return try stride(from: 0, to: bytes.count, by: size).map { start in
        guard bytes[start] < 10 else {
          throw DatasetError(
            "\(path), image \(start / size): class \(bytes[start]), where CIFAR-10 has 0 to 9; is it another data set?")
        }
        return Int(bytes[start])
      }
    }
  }

  /// Where an image's planes are.
  static func range(of image: Int) -> Range<Int> { image * recordSize + 1..<(image + 1) * recordSize }

  /// The names in the `batches.meta.txt` beside a batch; the numbers where there is none.
  static func classNames(beside path: String) -> [String] {
    let file = ListedImages.path("batches.meta.txt", in: ListedImages.folder(of: path))
    let names = (try? TextLines(path: file).lines.map(\.text)) ?? []
    return names.count == 10 ? names : (0..<10).map { "\($0)" }
  }

  /// Planes of red, green and blue as an uncompressed BMP file, so that such an image is one like any other.
  static func bitmap(planes: UnsafeRawBufferPointer) -> [UInt8] {
    let area = side * side
    var file = [UInt8](repeating: 0, count: 54 + 3 * area)
    func put(_ value: Int32, at offset: Int) {
      for byte in 0..<4 { file[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * Int32(byte))) }
    }
    file[0] = UInt8(ascii: "B")
    file[1] = UInt8(ascii: "M")
    put(Int32(file.count), at: 2)
    put(54, at: 10)
    put(40, at: 14)
    put(Int32(side), at: 18)
    // A negative height: rows from the top.
    put(-Int32(side), at: 22)
    file[26] = 1
    file[28] = 24
    for pixel in 0..<area {
      for channel in 0..<3 { file[54 + 3 * pixel + 2 - channel] = planes[channel * area + pixel] }
    }
    return file
  }

  private static func withFile<Result>(
    _ path: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    do {
      return try FileBuffer().withBytes(ofFile: Array(path.utf8), body)
    } catch let error as ImageError { throw DatasetError("\(path): \(error)") }
  }
}
