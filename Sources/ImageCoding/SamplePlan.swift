import CImageCodecs

/// How the samples of a file are decoded.
struct SamplePlan {
  let header: SampleHeader
  /// The stored orientation, 1...8.
  let orientation: Int
  /// Numbers of the pages of full resolution among all.
  let pages: [Int32]
  /// A TIFF's pages of full resolution; none for other formats.
  let images: [TIFFPage]
  /// Whether libvips needs other directories to read them.
  let needsRewriting: Bool
  /// The pages that ImageJ speaks of where it wrote a directory of the first alone, as it does beyond 4 GB; else nil.
  private let undescribedPages: Int?

  private static let channelLimit = 65_535

  /// The plan for any format but TIFF.
  init(_ header: cic_sample_header) {
    self.header = SampleHeader(header)
    orientation = Int(header.orientation)
    pages = [0]
    images = []
    needsRewriting = false
    undescribedPages = nil
  }

  /// The plan for a TIFF.
  /// - Throws: `ImageError` for samples that cannot be read.
  init(_ tiff: TIFFDirectories) throws {
    header = try SampleHeader(tiff)
    let indices = tiff.imageIndices
    images = indices.map { tiff.pages[$0] }
    orientation = images[0].orientation
    pages = indices.map(Int32.init)
    let showsIndices = header.channelCount == images[0].samplesPerPixel
    let axes = tiff.pages[0].description?.hasPrefix("ImageJ=") == true ? header.axes : nil
    undescribedPages = images.count == 1 && (axes?.pageCount ?? 1) > 1 ? axes?.pageCount : nil
    needsRewriting = images[0].needsRewriting(palettesAreForDisplay: showsIndices)
  }

  /// What the decoder is asked for, but for the numbers of the pages.
  func request(_ pixelLimit: Int) -> cic_sample_request {
    var request = cic_sample_request()
    request.format = header.format.code
    request.channels = Int32(header.channelCount)
    request.orientation = Int32(orientation)
    request.maximum_values = 4 * Int64(min(pixelLimit, 1 << 40))
    guard needsRewriting, let page = images.first else { return request }
    if page.isPlanar { request.channels = 1 }
    switch page.recoding {
    case .none: request.recoding = CIC_AS_IS
    case .half: request.recoding = CIC_HALF
    case .double: request.recoding = page.isLittle ? CIC_DOUBLE_LOW_FIRST : CIC_DOUBLE_HIGH_FIRST
    }
    return request
  }

  /// Checks that each page holds channels of one image.
  ///
  /// - Parameter asDescribed: whether the file must not call them focal planes or points in time.
  /// - Throws: `ImageError` where the pages are something else.
  func checkPagesAreChannels(asDescribed: Bool) throws {
    if let pages = undescribedPages {
      throw ImageError.unsupported(
        "ImageJ says that it has \(pages) pages, and only the first is described; save it as OME-TIFF, or less than 4 GB"
      )
    }
    guard images.count > 1 else { return }
    guard header.channelCount * images.count <= Self.channelLimit else {
      throw ImageError.unsupported(
        "its pages have \(header.channelCount * images.count) channels together, and at most \(Self.channelLimit) are read"
      )
    }
    if asDescribed, let axes = header.axes, !axes.areChannels {
      throw ImageError.unsupported(
        "its pages are no channels alone: it has \(axes.slices) slices (Z), \(axes.frames) frames (T) and "
          + "\(axes.channels) channels; save every plane or its projection in a file of its own, or read the first page"
      )
    }
    let first = images[0]
    if let other = images.first(where: { $0.width != first.width || $0.height != first.height }) {
      throw ImageError.unsupported(
        "its pages are no channels of one image: the first has \(first.width) x \(first.height) pixels and another "
          + "\(other.width) x \(other.height); read the first page, or save the channels with one size")
    }
    guard !header.pagesDiffer else {
      throw ImageError.unsupported(
        "its pages are no channels of one image: their samples are of different types or numbers; read the first page")
    }
  }
}

extension SampleHeader {
  /// What the decoder says of any format but TIFF.
  init(_ header: cic_sample_header) {
    let isTransposed = header.orientation >= 5
    width = Int(isTransposed ? header.height : header.width)
    height = Int(isTransposed ? header.width : header.height)
    format = ImageFormat(header.format)
    channelCount = Int(header.channels)
    sampleType = SampleType(header.type)
    significantBits = Int(header.bits)
    opacity = header.has_opacity ? .declared : .none
    unspecifiedExtraChannels = 0
    pageCount = 1
    pagesDiffer = false
    axes = nil
    channelNames = []
    nodata = nil
    let colours = channelCount - (header.has_opacity ? 1 : 0)
    isPhotographic8Bit = sampleType == .uint8 && (colours == 1 || colours == 3 || (colours == 4 && format != .npy))
  }

  /// What libvips multiplies samples by: it spreads 1, 2 and 4 bits over 8, and HEIF's 10 and 12 over 16.
  var decoderStep: Float {
    switch format {
    case .tiff, .png: significantBits < 8 ? Float(255 / ((1 << significantBits) - 1)) : 1
    case .heif: sampleType == .uint16 ? Float(1 << (16 - significantBits)) : 1
    default: 1
    }
  }
}

extension SampleType {
  init(_ type: cic_sample_type) {
    self =
      switch type {
      case CIC_UINT8: .uint8
      case CIC_INT8: .int8
      case CIC_UINT16: .uint16
      case CIC_INT16: .int16
      case CIC_UINT32: .uint32
      case CIC_INT32: .int32
      case CIC_FLOAT32: .float32
      default: .float64
      }
  }
}
