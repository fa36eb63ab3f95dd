package import ImageCoding
import SplitMaskCore

/// Pictures of one image beside each other, on a page.
package struct PictureRow {
  /// Plain text above them; an empty one is left away.
  package let title: String
  /// Each with what is written below it.
  package let pictures: [(image: PixelImage, caption: String)]

  /// A row of pictures.
  package init(title: String, pictures: [(image: PixelImage, caption: String)]) {
    (self.title, self.pictures) = (title, pictures)
  }

  /// HTML.
  ///
  /// - Throws: `ImageError` when memory runs out.
  package func html() throws -> String {
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
      return "\(color) \(format.text(ofChannel: place))"
    }
    if format.channels.count == 1 { return "grey \(format.text(ofChannel: 0))" }
    return shown.joined(separator: ", ")
  }
}

extension PixelFormat {
  /// A channel's name, and the stored values that are shown black and full.
  fileprivate func text(ofChannel place: Int) -> String {
    let channel = channels[place]
    let scale = "\(DataScan.text(channel.low)) to \(DataScan.text(channel.high))"
    return "'\(channel.name)' \(scalesEachImage == true ? "on each image's own scale" : scale)"
  }
}
