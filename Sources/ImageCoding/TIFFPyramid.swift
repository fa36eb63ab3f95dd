import Foundation

/// A TIFF's image at its resolutions, of which rectangles are read in place: classic TIFF, BigTIFF, Aperio's SVS.
///
/// A level is the first page, a smaller page of the same shape in the main chain (as Aperio and cloud-optimized GeoTIFF have
/// them), or a page below the first (SubIFD, as OME-TIFF has them). Memory is that of a rectangle and of the strips or tiles
/// that hold it. Several threads may read it.
package struct TIFFPyramid {
  /// The image at one resolution.
  package struct Level {
    /// Columns.
    package let width: Int
    /// Rows.
    package let height: Int
    /// The length of a pixel's side; nil where the file does not say it.
    package let micronsPerPixel: Double?
    /// One, or one a channel.
    fileprivate let pages: [TIFFPage]
  }

  /// The finest first.
  package let levels: [Level]
  /// What all levels have but for the size.
  package let header: SampleHeader

  private let file: TIFFBytes

  /// - Throws: `ImageError` for a file that cannot be read.
  package init(_ file: PartialFile) throws {
    self.file = try TIFFBytes(file)
    let directories = try TIFFDirectories(self.file)
    let first = directories.pages[directories.imageIndices[0]]
    let full = directories.imageIndices.map { directories.pages[$0] }.filter { $0.isAlike(first) }
    header = try SampleHeader(TIFFDirectories(pages: full))
    let pages = header.axes?.areChannels == true ? full : [first]
    var sizes = Self.groups(directories.pages.filter { $0.isSmaller(than: first) }, count: pages.count)
    sizes += try Self.pagesBelow(pages, in: self.file)
    let microns = try Self.micronsPerPixel(first, description: directories.pages[0].description, in: self.file)
    levels = ([pages] + sizes.sorted { $0[0].width > $1[0].width }).map { pages in
      Level(
        width: pages[0].width, height: pages[0].height,
        micronsPerPixel: microns.map { $0 * Double(first.width) / Double(pages[0].width) }, pages: pages)
    }
  }

  /// Pages of one size together, where there are as many as the full image has.
  private static func groups(_ pages: [TIFFPage], count: Int) -> [[TIFFPage]] {
    Dictionary(grouping: pages, by: \.width).values.filter { $0.count == count }
  }

  /// What lies below pages, the first of each together, then the second of each.
  private static func pagesBelow(_ pages: [TIFFPage], in file: TIFFBytes) throws -> [[TIFFPage]] {
    let below = try pages.map { page in
      try file.subdirectories(of: page).map { start in
        try TIFFPage(file.directory(at: start).entries, at: start, in: file, isFirst: false)
      }.filter { $0.isSmaller(than: page) }
    }
    let count = below.map(\.count).min() ?? 0
    return (0..<count).map { level in below.map { $0[level] } }
  }

  /// Whether the file holds all pixels of a rectangle: programs such as GDAL do not store tiles without a measurement.
  ///
  /// - Throws: `ImageError`.
  package func isStored(_ box: CropBox, level: Int) throws -> Bool {
    try levels[level].pages.allSatisfy { page in
      let chunks = try TIFFChunks(page, file.entries(at: page.start), in: file)
      let (columns, rows) = chunks.holding(box)
      return try chunks.ranges(columns: columns, rows: rows).allSatisfy { !$0.isEmpty }
    }
  }

  /// Decodes a rectangle as ``EncodedImage/decodeSamples(pages:pixelLimit:)`` does.
  ///
  /// - Throws: `ImageError`.
  package func samples(_ box: CropBox, level: Int) throws -> SampleImage {
    let (image, part) = try decoded(box, level: level)
    return image.part(part)
  }

  /// A rectangle as a file of NumPy's: 8-bit RGB where the file is a photograph, else its samples.
  ///
  /// - Throws: `ImageError`.
  package func encoded(_ box: CropBox, level: Int) throws -> [UInt8] {
    guard header.isPhotographic8Bit else {
      let (image, part) = try decoded(box, level: level)
      return try SampleArrayFile(part, of: image, header.sampleType).bytes
    }
    let excerpt = try TIFFExcerpt(box, of: levels[level].pages, in: file)
    return SampleArrayFile(try EncodedImage(excerpt.data).decode(excerpt.box)).bytes
  }

  private func decoded(_ box: CropBox, level: Int) throws -> (SampleImage, CropBox) {
    let pages = levels[level].pages
    let excerpt = try TIFFExcerpt(box, of: pages, in: file)
    return (try EncodedImage(excerpt.data).decodeSamples(pages: pages.count > 1 ? .channels : .first), excerpt.box)
  }
}

extension TIFFPage {
  /// Whether it can be the same image in a smaller size: of the same shape but for the rounding of sizes.
  fileprivate func isSmaller(than full: TIFFPage) -> Bool {
    guard width < full.width, height < full.height, bits == full.bits, samplesPerPixel == full.samplesPerPixel,
      sampleFormat == full.sampleFormat, isTiled == full.isTiled, photometric != .mask
    else { return false }
    let (across, down) = (Double(full.width) / Double(width), Double(full.height) / Double(height))
    return abs(across - down) <= across / Double(min(width, height)) + 0.01 * across
  }
}

extension TIFFBytes {
  private enum Tag { static let (subdirectories, resolution, resolutionUnit) = (330, 282, 296) }

  /// Where the directories below a page are.
  fileprivate func subdirectories(of page: TIFFPage) throws -> [Int] {
    guard let entry = try entries(at: page.start)[Tag.subdirectories] else { return [] }
    let size = Self.size(ofType: entry.type)
    guard size > 0 else { return [] }
    return try (0..<min(entry.count, 64)).map {
      Int(clamping: try number(at: entry.values + $0 * size, size: size))
    }
  }

  /// Pixels a unit and the unit's number, as the tags have them.
  fileprivate func resolution(of page: TIFFPage) throws -> (pixels: Double, unit: Int)? {
    let entries = try entries(at: page.start)
    guard let entry = entries[Tag.resolution], entry.type == 5, entry.count > 0 else { return nil }
    let (over, under) = (try number(at: entry.values, size: 4), try number(at: entry.values + 4, size: 4))
    let unit = try integers(entries[Tag.resolutionUnit], limit: 1).first
    return over > 0 && under > 0 ? (Double(over) / Double(under), unit ?? 2) : nil
  }
}

extension TIFFPyramid {
  /// What Aperio's, OME's or ImageJ's description says, else the resolution tags.
  private static func micronsPerPixel(_ page: TIFFPage, description: String?, in file: TIFFBytes) throws -> Double? {
    let text = description ?? ""
    if let own = number(after: "MPP = ", in: text) { return own }
    // OME's unit is the micrometre where it names none.
    let isMicrons = !text.contains("PhysicalSizeXUnit=") || text.contains("PhysicalSizeXUnit=\"µm\"")
    if isMicrons, let own = number(after: "PhysicalSizeX=\"", in: text) { return own }
    guard let (pixels, unit) = try file.resolution(of: page) else { return nil }
    if text.hasPrefix("ImageJ=") {
      let units = ["unit=micron", "unit=um", "unit=µm", "unit=\\u00B5m"]
      return units.contains { text.contains($0) } ? 1 / pixels : nil
    }
    return unit == 2 ? 25_400 / pixels : unit == 3 ? 10_000 / pixels : nil
  }

  private static func number(after mark: String, in text: String) -> Double? {
    guard let start = text.firstRange(of: mark)?.upperBound else { return nil }
    return Double(text[start...].prefix { $0.isNumber || ".eE-+".contains($0) }).flatMap { $0 > 0 ? $0 : nil }
  }
}
