extension SampleHeader {
  /// What a TIFF's directories say.
  /// - Throws: `ImageError` for samples that cannot be read.
  init(_ tiff: TIFFDirectories) throws {
    let indices = tiff.imageIndices
    let first = tiff.pages[indices[0]]
    let sampleType = try first.sampleType()
    let description = tiff.pages[0].description.flatMap {
      PageDescription($0, samplesPerPixel: first.samplesPerPixel)
    }
    let channelCount = first.channelCount(palettesAreForDisplay: description != nil)
    let isTransposed = first.orientation >= 5
    width = isTransposed ? first.height : first.width
    height = isTransposed ? first.width : first.height
    format = .tiff
    self.channelCount = channelCount
    self.sampleType = sampleType
    // A palette's colours have whole bytes, however many bits its indices have.
    let isExpanded = channelCount > first.samplesPerPixel
    significantBits = isExpanded ? sampleType.bits : first.bits ?? sampleType.bits
    opacity = first.declaresOpacity ? .declared : .none
    unspecifiedExtraChannels = first.unspecifiedExtraCount
    pageCount = indices.count
    let alike = indices.count { tiff.pages[$0].isAlike(first) }
    pagesDiffer = alike < indices.count
    axes = description?.axes
    channelNames = description.map(\.channelNames).flatMap { $0.isEmpty ? nil : $0 } ?? first.sampleNames
    nodata = first.nodata
    let sameSize = indices.count { tiff.pages[$0].width == first.width && tiff.pages[$0].height == first.height }
    isPhotographic8Bit =
      sampleType == .uint8 && first.isPicture && sameSize == 1 && (axes?.pageCount ?? 1) == 1
  }
}

extension TIFFDirectories {
  /// The pages of full resolution; the first page where none says that it is one.
  var imageIndices: [Int] {
    let images = pages.indices.filter { pages[$0].isImage }
    return images.isEmpty ? [0] : images
  }
}

extension TIFFPage {
  /// Whether a page can be a channel of the same image as another.
  func isAlike(_ other: TIFFPage) -> Bool {
    width == other.width && height == other.height && bits == other.bits && sampleFormat == other.sampleFormat
      && samplesPerPixel == other.samplesPerPixel && photometric == other.photometric && isPlanar == other.isPlanar
      && predictor == other.predictor && orientation == other.orientation
  }

  /// Whether its channels are those of a picture: grey or colours, with or without declared opacity.
  var isPicture: Bool {
    switch photometric {
    case nil, .mask, .logL, .logLuv: false
    default: extraCount == 0
    }
  }

  /// Samples that decoding a pixel gives.
  func channelCount(palettesAreForDisplay: Bool) -> Int {
    photometric == .palette && !palettesAreForDisplay ? samplesPerPixel + 2 : samplesPerPixel
  }

  /// - Throws: `ImageError` for samples that cannot be read, and how to convert them.
  func sampleType() throws -> SampleType {
    guard let bits, let sampleFormat else {
      throw ImageError.unsupported("its channels have samples of different types; save them with one type")
    }
    if [.cieLab, .iccLab, .ituLab, .logL, .logLuv].contains(photometric) {
      throw ImageError.unsupported("its colours are L*a*b* or logarithmic; convert them to RGB")
    }
    if bits < 8, samplesPerPixel > 1 {
      throw ImageError.unsupported("its \(samplesPerPixel) channels have \(bits) bits a sample; save 8 bits")
    }
    switch (sampleFormat, bits) {
    case (1, 1), (1, 2), (1, 4), (1, 8), (4, 8): return .uint8
    case (2, 8): return .int8
    case (1, 16), (4, 16): return .uint16
    case (2, 16): return .int16
    case (1, 32), (4, 32): return .uint32
    case (2, 32): return .int32
    case (3, 16) where predictor != 3: return .float32
    case (3, 32): return .float32
    case (3, 64) where predictor == 1: return .float64
    default:
      let kind = [1: "unsigned", 2: "signed", 3: "floating-point", 5: "complex", 6: "complex"][sampleFormat]
      throw ImageError.unsupported(
        "it has \(kind ?? "undefined") samples of \(bits) bits; save 8, 16 or 32 bits, or floating point of 32 or 64, "
          + "without a predictor, e.g. tifffile.imwrite('new.tif', tifffile.imread('old.tif').astype('\(bits <= 16 ? "uint16" : "float32")'))"
      )
    }
  }
}

extension SampleType {
  /// Bits a sample.
  var bits: Int {
    switch self {
    case .uint8, .int8: 8
    case .uint16, .int16: 16
    case .uint32, .int32, .float32: 32
    case .float64: 64
    }
  }
}
