import ImageCoding
import SplitMaskCore

/// Pictures of one image beside each other, on a page.
struct PictureRow {
  /// Plain text above them; an empty one is left away.
  let title: String
  /// Each with what is written below it.
  let pictures: [(image: PixelImage, caption: String)]

  /// HTML.
  ///
  /// - Throws: `ImageError` when memory runs out.
  func html() throws -> String {
    let figures = try pictures.map { picture in
      """
      <figure>\(try HTMLPage.picture(picture.image, "\(title) \(picture.caption)"))\
      <figcaption>\(picture.caption.escapedForHTML)</figcaption></figure>
      """
    }
    let heading = title.isEmpty ? "" : "<p>\(title.escapedForHTML)</p>\n"
    return "<div class=\"row\">\(heading)\(figures.joined(separator: "\n"))\n</div>"
  }
}

extension PixelNormalization {
  /// Which channels a composite shows: "red 'nir' 0 to 900, green …"; nil of photographs.
  var compositeText: String? {
    guard let format else { return nil }
    let shown = zip(["red", "green", "blue"], composite).compactMap { color, place -> String? in
      guard let place else { return nil }
      return "\(color) '\(format.channels[place].name)' \(format.channels[place].scaleText)"
    }
    if format.channels.count == 1 { return "grey '\(format.channels[0].name)' \(format.channels[0].scaleText)" }
    return shown.joined(separator: ", ")
  }
}

extension PixelFormat.Channel {
  /// The stored values that are shown black and full.
  fileprivate var scaleText: String { "\(DataScan.text(low)) to \(DataScan.text(high))" }
}
