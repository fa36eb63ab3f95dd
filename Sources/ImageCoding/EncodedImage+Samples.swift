import CImageCodecs

extension EncodedImage {
  /// Reads what the file says of its samples. No pixel is decoded.
  ///
  /// - Parameter pixelLimit: the most pixels an image may have.
  /// - Returns: the description.
  /// - Throws: `ImageError`, also for samples of a type that cannot be read.
  public func sampleHeader(pixelLimit: Int = defaultPixelLimit) throws -> SampleHeader {
    let header = try samplePlan().header
    guard header.width * header.height <= pixelLimit else { throw ImageError.tooLarge(pixelLimit) }
    return header
  }

  /// Decodes the values as the file stores them, upright, without scaling, and without a background for opacity.
  ///
  /// Where the file says that 0 is white (unsigned samples of TIFF's MINISWHITE, netpbm's bitmaps), values are inverted, so
  /// that larger is brighter. Samples of 1, 2 and 4 bits are 0…1, 0…3 and 0…15. JPEG, BMP and palettes give grey or RGB.
  ///
  /// - Parameters:
  ///   - pages: which pages of a TIFF are read. As channels, those of one page follow those of the page before.
  ///   - pixelLimit: the most pixels an image may have, every four channels counted once.
  /// - Returns: the values.
  /// - Throws: `ImageError`, also for pages that are no channels: of different sizes, focal planes, points in time.
  public func decodeSamples(
    pages: PixelFormat.Pages = .first, pixelLimit: Int = defaultPixelLimit
  ) throws -> SampleImage {
    let plan = try samplePlan()
    guard plan.header.width * plan.header.height <= pixelLimit else { throw ImageError.tooLarge(pixelLimit) }
    if pages != .first { try plan.checkPagesAreChannels(asDescribed: pages == .channels) }
    let count = pages == .first ? 1 : plan.pages.count
    let request = plan.request(pixelLimit)
    guard plan.needsRewriting else {
      return try decodeSamples(request, Array(plan.pages.prefix(count)), plan, pixelLimit)
    }
    let rewritten = try withBytes { bytes in
      var rewriter = try TIFFRewriter(bytes)
      return try rewriter.rewritten(Array(plan.images.prefix(count)))
    }
    let directoryCount = plan.header.channelCount * count / Int(request.channels)
    return try EncodedImage(rewritten).decodeSamples(request, Array(0..<Int32(directoryCount)), plan, pixelLimit)
  }

  private func decodeSamples(
    _ request: cic_sample_request, _ pages: [Int32], _ plan: SamplePlan, _ pixelLimit: Int
  ) throws -> SampleImage {
    var samples = cic_samples()
    try pages.withUnsafeBufferPointer { pages in
      var request = request
      request.pages = pages.baseAddress
      request.page_count = Int32(pages.count)
      try call(pixelLimit) { cic_decode_samples($0, $1, &request, &samples, $2) }
    }
    defer { cic_free(samples.values) }
    let count = Int(samples.width) * Int(samples.height) * Int(samples.channels)
    let step = plan.header.decoderStep
    let values = [Float](unsafeUninitializedCapacity: count) { values, initialized in
      for index in 0..<count { values[index] = samples.values[index] / step }
      initialized = count
    }
    return SampleImage(
      width: Int(samples.width), height: Int(samples.height), channelCount: Int(samples.channels), values: values)
  }

  private func samplePlan() throws -> SamplePlan {
    if withBytes({ ImageFormat(Array($0.prefix(ImageFormat.sniffedByteCount))) }) == .tiff {
      return try tiffPlan()
    }
    var header = cic_sample_header()
    try call(0) { cic_read_sample_header($0, $1, &header, $2) }
    return SamplePlan(header)
  }

  private func tiffPlan() throws -> SamplePlan {
    try withBytes { bytes in
      do {
        return try SamplePlan(TIFFDirectories(bytes))
      } catch {
        // A DICOM file may begin like a TIFF.
        guard let advice = Self.foreignAdvice(bytes) else { throw error }
        throw ImageError.unsupported(advice)
      }
    }
  }

  /// What a file is that is known but not read (DICOM, FITS, CZI, ND2, LIF, HDF5), and what converts it; nil for others.
  ///
  /// - Parameter bytes: the file's first kilobyte at least, or all of it.
  package static func foreignAdvice(_ bytes: UnsafeRawBufferPointer) -> String? {
    cic_foreign_advice(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count).map { String(cString: $0) }
  }
}

extension SampleHeader {
  /// What a TIFF file says of its samples. Of the file only its directories are read.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - pixelLimit: the most pixels an image may have.
  /// - Throws: `ImageError`.
  package init(ofTIFF file: PartialFile, pixelLimit: Int = EncodedImage.defaultPixelLimit) throws {
    self = try SamplePlan(TIFFDirectories(TIFFBytes(file))).header
    guard width * height <= pixelLimit else { throw ImageError.tooLarge(pixelLimit) }
  }
}
