import ArgumentParser
import ImageData
import SplitMaskCore

/// Which tiles of images too large to open are images of their own.
struct TileOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Cut images into tiles of so many pixels a side, read in place.", valueName: "pixels"))
  var tiles: Int?

  @Option(
    help: ArgumentHelp(
      "The resolution to cut: 0 for the finest, 1, …, or microns per pixel, such as 0.5um. (default: 0)",
      valueName: "level"))
  var tileLevel: TileLevel?

  @Flag(help: "Keep tiles of background, too.")
  var keepBackground = false

  /// The tiling; nil where images stay whole.
  ///
  /// - Throws: `InvalidSetting` for options of tiles without their size.
  var tiling: Tiling? {
    get throws {
      guard let tiles else {
        guard tileLevel == nil, !keepBackground else {
          throw InvalidSetting("tiles", "say how large tiles are, --tiles PIXELS")
        }
        return nil
      }
      var tiling = Tiling(size: tiles, level: tileLevel?.level ?? .number(0))
      if keepBackground { tiling.background = nil }
      return tiling
    }
  }
}

extension TileOptions {
  /// What is typed for a tiling, with a space before it; empty where images stay whole.
  static func typed(_ tiling: Tiling?) -> String {
    guard let tiling else { return "" }
    let level =
      switch tiling.level {
      case .number(0): ""
      case .number(let number): " --tile-level \(number)"
      case .micronsPerPixel(let size): " --tile-level \(size)um"
      }
    return " --tiles \(tiling.size)" + level + (tiling.background == nil ? " --keep-background" : "")
  }
}

/// A level by its number, or by the size of its pixels.
struct TileLevel: ExpressibleByArgument {
  let level: Tiling.Level

  init?(argument: String) {
    if let number = Int(argument), number >= 0 {
      level = .number(number)
    } else if argument.hasSuffix("um"), let size = Double(argument.dropLast(2)), size > 0 {
      level = .micronsPerPixel(size)
    } else {
      return nil
    }
  }
}
