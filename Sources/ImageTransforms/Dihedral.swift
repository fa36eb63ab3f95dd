import CImageCodecs
import ImageCoding
import SplitMaskCore

/// One of the eight ways to lay a square on itself (the dihedral group of order 8): quarter turns and mirror images.
///
/// Rows and columns are exchanged first, then left and right, then top and bottom.
public struct Dihedral: Hashable, Sendable {
  /// Whether rows and columns are exchanged; views that are not square ignore it.
  public var isTransposed: Bool
  /// Whether left and right are exchanged.
  public var isMirrored: Bool
  /// Whether top and bottom are exchanged.
  public var isUpsideDown: Bool

  /// No change unless one is given.
  public init(isTransposed: Bool = false, isMirrored: Bool = false, isUpsideDown: Bool = false) {
    self.isTransposed = isTransposed
    self.isMirrored = isMirrored
    self.isUpsideDown = isUpsideDown
  }

  /// No change.
  public static let identity = Dihedral()

  /// One of the eight, each as often as the others.
  static func draw(using generator: inout SeededGenerator) -> Dihedral {
    let state = generator.integer(in: 0...7)
    return Dihedral(isTransposed: state & 1 != 0, isMirrored: state & 2 != 0, isUpsideDown: state & 4 != 0)
  }

  /// Turns a rendered view in place.
  ///
  /// - Throws: `ImageError` when memory runs out.
  func turn(
    _ view: UnsafeMutableRawPointer, size: ViewConfiguration.Size, bytesPerPixel: Int, scratch: RenderScratch
  ) throws {
    guard self != .identity else { return }
    let status = cic_turn(
      scratch.handle, view, Int32(size.width), Int32(size.height), bytesPerPixel,
      isTransposed && size.width == size.height, isMirrored, isUpsideDown)
    guard status == CIC_OK else { throw ImageError(status, reason: "", pixelLimit: 0) }
  }
}
