import Foundation
import ImageCoding
import TarFiles

/// One place that images come from: a folder, a list of images in one of several formats, a tar shard, a file of
/// CIFAR-10, or a single image file.
///
/// What a path means is decided by what lies there, never by a flag.
public struct ImageSource: Hashable, Sendable, CustomStringConvertible {
  /// What lies at a source's path.
  public enum Kind: String, Hashable, Sendable {
    /// A folder of images at any depth; one that holds no image but tar files is read as a folder of shards.
    case folder
    /// A text file with one path a line, relative to its own folder or absolute; `#` starts a comment line, and a
    /// label may follow after a tab.
    case list
    /// A tar file in the WebDataset layout.
    case shard
    /// One image.
    case image
    /// A CSV file with a path and a label a line, with or without a header.
    case table
    /// A list of ImageNet's file names; the class is the synset in the name.
    case imageNetList
    /// iNaturalist's JSON of images and annotations.
    case iNaturalist
    /// A list of Food-101's `meta` folder.
    case food101
    /// A list of DomainNet: a path, a space and the class's number.
    case domainNet
    /// A `.bin` file of CIFAR-10's binary version, or the folder of its training files.
    case cifar
  }

  /// The path as it was given.
  public let path: String
  /// What lies there.
  public let kind: Kind

  /// File name extensions of the formats that are read here, in lower case.
  package static let imageExtensions = Set(
    ImageFormat.allCases.filter(\.isReadable).flatMap { format -> [String] in
      switch format {
      case .jpeg: ["jpg", "jpeg", "jpe", "jfif", "mpo"]
      case .png: ["png"]
      case .webp: ["webp"]
      case .tiff: ["tif", "tiff", "svs"]
      case .bmp: ["bmp", "dib"]
      case .gif: ["gif"]
      case .heif: ["heic", "heif", "avif"]
      case .pnm: ["ppm", "pgm", "pbm", "pnm"]
      case .jp2: ["jp2"]
      case .npy: ["npy"]
      }
    })

  /// Looks at what lies at `path`.
  ///
  /// - Throws: `DatasetError` when nothing is there, or it is none of the kinds above.
  public init(path: String) throws {
    self.path = path
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw DatasetError("\(path): \(String(cString: strerror(errno))); give a folder, a list of paths or tar shards")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: kind = CIFARBatch.files(in: path).isEmpty ? .folder : .cifar
    case S_IFREG where CIFARBatch.looksLikeBatch(path, byteCount: Int(status.st_size)): kind = .cifar
    case S_IFREG: kind = try Self.kind(ofFile: path)
    default: throw DatasetError("\(path) is neither a folder nor a regular file")
    }
  }

  /// The path as it was given.
  public var description: String { path }

  private static func kind(ofFile path: String) throws -> Kind {
    if isImageName(path.utf8) { return .image }
    let headSize = 16 << 10
    var head: [UInt8]
    do {
      head = try FileBuffer().withBytes(ofFile: Array(path.utf8), range: 0..<headSize, mayEndEarly: true) { Array($0) }
    } catch {
      throw DatasetError("\(path): \(error)")
    }
    let isWhole = head.count < headSize
    if ImageFormat(head) != nil { return .image }
    if let advice = head.withUnsafeBytes({ EncodedImage.foreignAdvice($0) }) {
      throw DatasetError("\(path) cannot be read: \(advice)")
    }
    if path.lowercased().hasSuffix(".tar") || TarShardIndex.looksLikeTar(head) { return .shard }
    let packed: [(magic: [UInt8], tool: String)] = [
      ([0x1f, 0x8b], "gzip"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz"), ([0x28, 0xb5, 0x2f, 0xfd], "zstd"),
      ([0x42, 0x5a, 0x68], "bzip2"), ([0x50, 0x4b, 0x03, 0x04], "zip"),
    ]
    if let packing = packed.first(where: { head.starts(with: $0.magic) }) {
      throw DatasetError("\(path) is packed with \(packing.tool), which cannot be read at random; unpack it first")
    }
    guard !head.isEmpty else { throw DatasetError("\(path) is empty; a list has one image path a line") }
    if TextEncoding.looksLikeUTF16(head) {
      throw DatasetError(
        "\(path) looks like UTF-16 without a mark; convert it: iconv -f UTF-16LE -t UTF-8 '\(path)' > list.txt")
    }
    do { head = try TextEncoding.utf8(head, isWhole: isWhole) } catch { throw DatasetError("\(path): \(error)") }
    guard !head.contains(0) else {
      throw DatasetError("\(path) is neither an image, a text file of paths nor a tar shard")
    }
    return try TextSource(path: path, head: head, isWhole: isWhole).kind
  }

  /// Whether a file in a folder is an image: by the ending of its name, or by its first bytes where it has none.
  ///
  /// Files of other endings are not opened: what lies beside images (labels, notes) is often as many as they are.
  static func isImage(_ name: [UInt8], at path: @autoclosure () -> [UInt8]) -> Bool {
    guard FileCounts.ending(of: name) == nil else { return isImageName(name) }
    let head = try? FileBuffer().withBytes(ofFile: path(), range: 0..<ImageFormat.sniffedByteCount, mayEndEarly: true) {
      Array($0)
    }
    return head.flatMap(ImageFormat.init)?.isReadable == true
  }

  /// Whether a file's name ends in one of `imageExtensions`, in any case of letters.
  static func isImageName(_ name: some BidirectionalCollection<UInt8>) -> Bool {
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return false }
    let suffix = name[name.index(after: dot)...]
    guard suffix.count <= 4 else { return false }
    return imageExtensions.contains(String(decoding: suffix, as: UTF8.self).lowercased())
  }
}
