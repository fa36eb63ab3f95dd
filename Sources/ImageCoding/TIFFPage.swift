/// What one directory of a TIFF file says (TIFF 6.0, Adobe 1992).
struct TIFFPage {
  enum Tag: Int {
    case newSubfileType = 254
    case imageWidth = 256
    case imageLength = 257
    case bitsPerSample = 258
    case compression = 259
    case photometric = 262
    case imageDescription = 270
    case orientation = 274
    case samplesPerPixel = 277
    case planarConfiguration = 284
    case predictor = 317
    case tileWidth = 322
    case tileOffsets = 324
    case extraSamples = 338
    case sampleFormat = 339
    case gdalMetadata = 42_112
    case gdalNodata = 42_113
  }

  enum Photometric: Int {
    case minIsWhite, minIsBlack, rgb, palette, mask, cmyk, yCbCr
    case cieLab = 8
    case iccLab, ituLab
    case logL = 32_844
    case logLuv
  }

  let width: Int
  let height: Int
  /// Bits a sample; nil where they differ between samples.
  let bits: Int?
  /// TIFF's number: 1 unsigned, 2 signed, 3 floating point, 4 undefined, 5 and 6 complex; nil where samples differ.
  let sampleFormat: Int?
  let samplesPerPixel: Int
  let compression: Int
  /// Nil for one that is not known here.
  let photometric: Photometric?
  let orientation: Int
  let isPlanar: Bool
  let isTiled: Bool
  let extraSamples: [Int]
  /// Whether it is an image of full resolution: neither a smaller copy of another page nor a mask.
  let isImage: Bool
  /// ImageDescription, of the first page only, and not more than its first million bytes.
  let description: String?
  let nodata: Double?
  /// GDAL's names of the samples, of the first page only; empty where there are none.
  let sampleNames: [String]
  /// Where its directory begins.
  let start: Int
  let predictor: Int
  let isLittle: Bool

  private static let (descriptionLimit, nodataLimit, extraLimit) = (1 << 20, 64, 1 << 16)
  /// NewSubfileType's bits of smaller copies and of masks.
  private static let (reducedBit, maskBit) = (1, 4)

  init(_ entries: [Int: TIFFBytes.Entry], at start: Int, in file: TIFFBytes, isFirst: Bool) throws {
    func all(_ tag: Tag) throws -> [Int] { try file.integers(entries[tag.rawValue], limit: Self.extraLimit) }
    func one(_ tag: Tag) throws -> Int? { try file.integers(entries[tag.rawValue], limit: 1).first }
    /// The value that all samples share.
    func shared(_ tag: Tag, default value: Int) throws -> Int? {
      let values = try all(tag)
      return values.allSatisfy { $0 == values[0] } ? values.first ?? value : nil
    }
    guard let width = try one(.imageWidth), let height = try one(.imageLength) else {
      throw ImageError.damaged("a directory does not say how large its image is")
    }
    samplesPerPixel = try one(.samplesPerPixel) ?? 1
    guard 1...Int(Int32.max) ~= width, 1...Int(Int32.max) ~= height, 1...65_535 ~= samplesPerPixel else {
      throw ImageError.damaged("an image of \(width) x \(height) pixels of \(samplesPerPixel) samples is impossible")
    }
    (self.width, self.height) = (width, height)
    bits = try shared(.bitsPerSample, default: 1)
    sampleFormat = try shared(.sampleFormat, default: 1)
    compression = try one(.compression) ?? 1
    let photometric = try one(.photometric)
    self.photometric = Photometric(rawValue: photometric ?? (samplesPerPixel == 3 ? 2 : 1))
    let orientation = try one(.orientation) ?? 1
    self.orientation = 1...8 ~= orientation ? orientation : 1
    isPlanar = try one(.planarConfiguration) == 2 && samplesPerPixel > 1
    isTiled = entries[Tag.tileWidth.rawValue] != nil || entries[Tag.tileOffsets.rawValue] != nil
    extraSamples = try all(.extraSamples)
    isImage = try (one(.newSubfileType) ?? 0) & (Self.reducedBit | Self.maskBit) == 0
    description = isFirst ? file.text(entries[Tag.imageDescription.rawValue], limit: Self.descriptionLimit) : nil
    nodata = file.text(entries[Tag.gdalNodata.rawValue], limit: Self.nodataLimit).flatMap(Self.number)
    let metadata = isFirst ? file.text(entries[Tag.gdalMetadata.rawValue], limit: Self.descriptionLimit) : nil
    sampleNames = PageDescription.sampleNames(gdal: metadata ?? "", count: samplesPerPixel)
    (self.start, isLittle) = (start, file.isLittle)
    predictor = try one(.predictor) ?? 1
  }

  private static func number(_ text: String) -> Double? {
    // Not a number always stands for no measurement.
    Double(text.split(whereSeparator: \.isWhitespace).first ?? "").flatMap { $0.isNaN ? nil : $0 }
  }

  /// Samples that the photometric interpretation itself needs.
  var colourCount: Int {
    switch photometric {
    case .rgb, .yCbCr, .cieLab, .iccLab, .ituLab, .logLuv: min(3, samplesPerPixel)
    case .cmyk: min(4, samplesPerPixel)
    default: 1
    }
  }

  /// Whether one of the further samples is opacity, by ExtraSamples 1 or 2.
  var declaresOpacity: Bool { samplesPerPixel > colourCount && extraSamples.contains { $0 == 1 || $0 == 2 } }

  /// Further samples that are no opacity.
  var extraCount: Int {
    let extra = samplesPerPixel - colourCount
    return max(0, extra - extraSamples.prefix(extra).count { $0 == 1 || $0 == 2 })
  }

  /// Further samples that the file gives no meaning, not even a name.
  var unspecifiedExtraCount: Int {
    max(0, extraCount - sampleNames.dropFirst(colourCount).count { !$0.isEmpty })
  }

  /// How libvips is given samples of a type that it does not know.
  enum Recoding { case none, half, double }

  var recoding: Recoding {
    guard sampleFormat == 3 else { return .none }
    return bits == 16 ? .half : bits == 64 ? .double : .none
  }

  /// Numbers that libvips reads for each sample.
  var partsPerSample: Int { recoding == .double ? 2 : 1 }

  /// Whether libvips needs other directories to read the page.
  ///
  /// - Parameter palettesAreForDisplay: whether a palette only says how to show the values.
  func needsRewriting(palettesAreForDisplay: Bool) -> Bool {
    // libvips reads no tiles of separate planes, and strips of them wrongly where their height does not divide the image's; it
    // divides colours by associated opacity.
    recoding != .none || (isPlanar && photometric != .yCbCr) || (palettesAreForDisplay && photometric == .palette)
      || (extraSamples.contains(1) && (photometric == .rgb || photometric == .minIsBlack))
  }
}
