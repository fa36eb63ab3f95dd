import Foundation
import ImageData
import SplitMaskCore

/// The command line as the system hands it over, of which only valid UTF-8 becomes text without loss.
enum ArgumentBytes {
  /// - Throws: ``UnreadableArgument`` for the first argument that is no valid UTF-8.
  static func check(_ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, count: Int) throws {
    for index in 1..<max(1, count) {
      guard let argument = arguments[index], String(validatingCString: argument) == nil else { continue }
      let bytes = UnsafeRawBufferPointer(start: argument, count: strlen(argument))
      throw UnreadableArgument(name: PrintableName.text(bytes))
    }
  }
}

/// An argument that is no valid UTF-8.
struct UnreadableArgument: UserFacingError {
  /// With `\xHH` for each byte that is none.
  let name: String

  var exitStatus: ExitStatus { .usage }

  /// The argument, and how to name the file otherwise.
  var description: String {
    """
    '\(name)' is no valid UTF-8, which what is named on the command line must be. Name the folder above it: files in folders \
    may have any names. Or rename it
    """
  }
}
