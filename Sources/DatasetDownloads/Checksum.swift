import DurableFiles
package import Foundation

/// What a file's content must add up to.
public enum Checksum: Hashable, Sendable, CustomStringConvertible {
  /// 32 hexadecimal digits. Tells damage, not intent: what most data sets publish.
  case md5(String)
  /// 64 hexadecimal digits.
  case sha256(String)

  /// The kind and the digits.
  public var description: String {
    switch self {
    case .md5(let digits): "MD5 \(digits)"
    case .sha256(let digits): "SHA-256 \(digits)"
    }
  }

  /// The same kind of sum over a file.
  ///
  /// - Parameter progress: called with the bytes read so far.
  /// - Throws: `FileError`; what `progress` throws.
  package func sum(of file: URL, progress: (Int) throws -> Void = { _ in }) throws -> Checksum {
    switch self {
    case .md5: .md5(try Checksum.digits(MD5(), of: file, progress))
    case .sha256: .sha256(try Checksum.digits(SHA256(), of: file, progress))
    }
  }

  private static func digits<Digest: BlockDigest>(
    _ digest: Digest, of url: URL, _ progress: (Int) throws -> Void
  ) throws -> String {
    let file = try ReadableFile(url)
    var stream = DigestStream(digest)
    var offset = 0
    while offset < file.size {
      let piece = try file.bytes(offset..<min(file.size, offset + 1 << 20))
      piece.withUnsafeBytes { stream.add($0) }
      offset += piece.count
      try progress(offset)
    }
    return stream.finished().map { String(format: "%02x", $0) }.joined()
  }
}
