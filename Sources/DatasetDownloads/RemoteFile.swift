public import Foundation

/// A file on a server, and what is done with it.
public struct RemoteFile: Hashable, Sendable {
  /// What to do with a file once it is here.
  public enum Packing: Hashable, Sendable {
    /// Nothing: it is kept as it is.
    case none
    /// Unpack a tar file packed by gzip.
    case tarGzip
    /// Unpack a zip file.
    case zip
  }

  /// Where it is.
  public let url: URL
  /// Its bytes, where they are known; else what the server says is believed.
  public let size: Int?
  /// What its content adds up to, where that is known.
  public let checksum: Checksum?
  /// What is done with it.
  public let packing: Packing

  /// A file at an address, whose last part is its name here.
  public init(_ url: URL, size: Int? = nil, checksum: Checksum? = nil, packing: Packing) {
    self.url = url
    self.size = size
    self.checksum = checksum
    self.packing = packing
  }

  /// Its name here.
  var name: String { url.lastPathComponent }
}
