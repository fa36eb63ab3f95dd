/// What a TIFF file says of its pages, read without decoding any: classic TIFF and BigTIFF, of either byte order.
///
/// Only the directories of the main chain are read, not those below them (SubIFDs).
struct TIFFDirectories {
  /// In the order of the file; at least one.
  let pages: [TIFFPage]

  private static let pageLimit = 65_535

  /// Reads all directories.
  /// - Throws: `ImageError` where an offset leads outside the file, or the directories go round in a circle.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    try self.init(TIFFBytes(bytes))
  }

  /// Reads all directories.
  /// - Throws: `ImageError` where an offset leads outside the file, or the directories go round in a circle.
  init(_ file: TIFFBytes) throws {
    var pages: [TIFFPage] = []
    var visited: Set<Int> = []
    var next = try file.offset(at: file.isBig ? 8 : 4)
    while next != 0 {
      guard visited.insert(next).inserted else { throw ImageError.damaged("its directories go round in a circle") }
      guard pages.count < Self.pageLimit else {
        throw ImageError.unsupported("it has more than \(Self.pageLimit) pages; split it into files of fewer")
      }
      let (entries, end) = try file.directory(at: next)
      pages.append(try TIFFPage(entries, at: next, in: file, isFirst: pages.isEmpty))
      next = try file.offset(at: end)
    }
    guard !pages.isEmpty else { throw ImageError.damaged("it has no directory") }
    self.pages = pages
  }

  /// Some pages as if they were all.
  init(pages: [TIFFPage]) {
    self.pages = pages
  }
}
