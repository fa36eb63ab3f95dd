package import CImageCodecs
import Foundation
public import SplitMaskCore

/// Why an image cannot be read. The description says what is wrong with the file, without its name: "is truncated: …".
public struct ImageError: UserFacingError, Hashable, Sendable {
  /// What kind of fault it is.
  public enum Kind: String, CaseIterable, Codable, Hashable, Sendable {
    case empty, notAnImage, unsupported, truncated, damaged, tooLarge, unreadable
  }

  /// What kind of fault it is.
  public let kind: Kind
  /// The whole message.
  public let description: String

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  private init(_ kind: Kind, _ summary: String, _ detail: String = "") {
    self.kind = kind
    description = detail.isEmpty ? summary : "\(summary): \(detail)"
  }

  /// The system refused an operation, with the value of `errno`.
  package static func system(_ summary: String, _ code: Int32) -> ImageError {
    ImageError(.unreadable, summary, String(cString: strerror(code)))
  }

  package static func unreadable(_ summary: String) -> ImageError {
    ImageError(.unreadable, summary)
  }

  /// The same fault, of something that an image is made of: "its channel 2, b.tif, is truncated: …".
  package func of(_ subject: String) -> ImageError { ImageError(kind, "\(subject) \(description)") }

  static func tooLarge(_ pixelLimit: Int) -> ImageError {
    ImageError(.tooLarge, "is too large", "it has more than the \(pixelLimit) pixels that are permitted")
  }

  static func damaged(_ detail: String) -> ImageError { ImageError(CIC_DAMAGED, reason: detail, pixelLimit: 0) }
  static func truncated(_ detail: String) -> ImageError { ImageError(CIC_TRUNCATED, reason: detail, pixelLimit: 0) }
  package static func unsupported(_ detail: String) -> ImageError {
    ImageError(CIC_UNSUPPORTED, reason: detail, pixelLimit: 0)
  }

  package init(_ status: cic_status, reason: String, pixelLimit: Int) {
    switch status {
    case CIC_EMPTY: self.init(.empty, "is empty")
    case CIC_NOT_AN_IMAGE: self.init(.notAnImage, "is not an image of a known format")
    case CIC_UNSUPPORTED: self.init(.unsupported, "is of a kind that cannot be read", reason)
    case CIC_TRUNCATED: self.init(.truncated, "is truncated", reason)
    case CIC_TOO_LARGE: self = .tooLarge(pixelLimit)
    case CIC_OUT_OF_MEMORY: self.init(.unreadable, "needs more memory than there is")
    default: self.init(.damaged, "is damaged", reason)
    }
  }
}
