import Foundation
import ImageCoding
import ImageData
import SplitMaskCore
import TestSupport
import Testing

@Suite struct TileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A colour that no other place near has.
  private static func colour(_ x: Int, _ y: Int, _ channel: Int) -> Int { (x * 7 + y * 13 + channel * 50) % 251 }

  private func write(_ pages: [TIFFFixture], to name: String = "slide.tif") throws {
    try folder.write(tiff(pages), to: name)
  }

  private func tiles(_ tiling: Tiling, indexFolder: URL? = nil) throws -> ImageDataset {
    try ImageDataset(paths: [folder.path]).tiled(tiling, indexFolder: indexFolder)
  }

  private func plain(_ size: Int, level: Int = 0, overlap: Int = 0) -> Tiling {
    Tiling(size: size, level: .number(level), overlap: overlap, background: nil)
  }

  private func names(_ images: ImageDataset) -> [String] {
    (0..<images.count).map { String(images.name(of: $0).dropFirst(folder.path.count + 1)) }
  }

  private func pixels(_ images: ImageDataset, _ index: Int) throws -> PixelImage {
    try images.withBytes(of: index) { try EncodedImage(bytes: $0).decode() }
  }

  private func expected(_ left: Int, _ top: Int, _ size: Int, scale: Int = 1) -> [UInt8] {
    (top..<top + size).flatMap { y in
      (left..<left + size).flatMap { x in (0..<3).map { UInt8(Self.colour(x * scale, y * scale, $0)) } }
    }
  }

  @Test(arguments: [64, nil]) func aTileIsThatPartOfTheFile(_ side: Int?) throws {
    var page = TIFFFixture(300, 200, channels: 3, sample: Self.colour)
    page.tileSide = side
    try write([page])
    let images = try tiles(plain(80))
    #expect(names(images).prefix(4) == ["slide.tif#x0y0", "slide.tif#x80y0", "slide.tif#x160y0", "slide.tif#x220y0"])
    #expect(names(images).count == 12)
    for index in 0..<images.count {
      let header = try images.withBytes(of: index) { try EncodedImage(bytes: $0).sampleHeader() }
      #expect(header.isPhotographic8Bit && header.width == 80 && header.height == 80)
    }
    #expect(try pixels(images, 3).pixels == expected(220, 0, 80))
    #expect(try pixels(images, 11).pixels == expected(220, 120, 80))
  }

  @Test func edgesOfLessThanHalfATileAreLeftOut() throws {
    try write([TIFFFixture(100, 70, channels: 3, sample: Self.colour)])
    func corners(_ tiling: Tiling) throws -> [Substring] { try names(tiles(tiling)).map { $0.dropFirst(10) } }
    #expect(try corners(plain(32)) == ["x0y0", "x32y0", "x64y0", "x0y32", "x32y32", "x64y32"])
    #expect(try corners(plain(40)) == ["x0y0", "x40y0", "x60y0", "x0y30", "x40y30", "x60y30"])
    #expect(try corners(plain(64, overlap: 32)) == ["x0y0", "x32y0"])
    let long = try tiles(plain(90))
    let first = try pixels(long, 0)
    #expect(long.count == 1 && first.width == 90 && first.height == 70)
    let error = #expect(throws: DatasetError.self) { try tiles(plain(150)) }
    #expect(error?.description.contains("100 x 70 pixels, less than half a tile") == true)
  }

  @Test(arguments: [true, false]) func levelsAreReadInPlace(_ areBelow: Bool) throws {
    var full = TIFFFixture(256, 192, channels: 3, sample: Self.colour)
    full.resolution = 20_000
    var half = TIFFFixture(128, 96, channels: 3) { Self.colour(2 * $0, 2 * $1, $2) }
    half.isReduced = true
    // Aperio's thumbnails and labels are no levels.
    var label = TIFFFixture(90, 40, channels: 3, sample: Self.colour)
    label.tileSide = nil
    if areBelow { full.below = [half] }
    try write(areBelow ? [full, label] : [full, label, half])
    let images = try tiles(plain(64, level: 1))
    #expect(names(images).first == "slide.tif#level1x0y0" && images.count == 4)
    #expect(try pixels(images, 1).pixels == expected(64, 0, 64, scale: 2))
    let byMicrons = try tiles(Tiling(size: 64, level: .micronsPerPixel(1.1), background: nil))
    #expect(names(byMicrons) == names(images))
    for level in [Tiling.Level.number(2), .micronsPerPixel(0.3)] {
      let error = #expect(throws: DatasetError.self) { try tiles(Tiling(size: 64, level: level)) }
      let text = error?.description ?? ""
      #expect(text.contains("0: 256 x 192 pixels, 0.5 µm a pixel; 1: 128 x 96 pixels, 1 µm a pixel"))
      #expect(text.contains("slide.tif"))
    }
  }

  @Test func aperiosMicronsCount() throws {
    var page = TIFFFixture(128, 128, channels: 3, sample: Self.colour)
    page.description = "Aperio Image Library|AppMag = 20|MPP = 0.499|Left = 25"
    try write([page])
    #expect(try tiles(Tiling(size: 64, level: .micronsPerPixel(0.5), background: nil)).count == 4)
  }

  @Test func samplesKeepTheirType() throws {
    var page = TIFFFixture(100, 100, channels: 5) { 1000 * $2 + 3 * $0 + $1 }
    page.bits = 16
    try write([page])
    let images = try tiles(plain(50))
    let (header, values) = try images.withBytes(of: 3) { bytes in
      (try EncodedImage(bytes: bytes).sampleHeader(), try EncodedImage(bytes: bytes).decodeSamples().values)
    }
    #expect(header.sampleType == .uint16 && header.channelCount == 5)
    #expect(Array(values[..<6]) == [200, 1200, 2200, 3200, 4200, 203])
  }

  @Test func pagesThatAreChannelsAreInOneTile() throws {
    let ome = """
      <OME><Image><Pixels DimensionOrder="XYCZT" SizeC="2" SizeZ="1" SizeT="1" PhysicalSizeX="0.25"><Channel Name="DAPI"/>\
      <Channel Name="GFP"/></Pixels></Image></OME>
      """
    var pages = (0..<2).map { page in TIFFFixture(100, 100) { x, y, _ in (100 * page + x + y) % 256 } }
    pages[0].description = ome
    try write(pages)
    let images = try tiles(plain(50))
    #expect(images.channelNames == ["DAPI", "GFP"])
    let values = try images.withBytes(of: 1) { try EncodedImage(bytes: $0).decodeSamples().values }
    #expect(Array(values[..<4]) == [50, 150, 51, 151])
  }

  /// Noise in the left half, nearly one colour in the right one.
  private static func halfEmpty(_ x: Int, _ y: Int, _ channel: Int) -> Int {
    x < 128 ? (x / 4 * 37 + y / 4 * 101) % 200 : 240 + x % 2
  }

  @Test func backgroundIsLeftOutAndCounted() throws {
    try write([TIFFFixture(256, 128, channels: 3, sample: Self.halfEmpty)])
    let images = try tiles(Tiling(size: 64))
    #expect(names(images).map { $0.dropFirst(10) } == ["x0y0", "x64y0", "x0y64", "x64y64"])
    #expect(images.notes == ["4 of 8 tiles are background"])
    #expect(try tiles(plain(64)).count == 8)
  }

  @Test func tilesThatAreNotStoredAreBackground() throws {
    var page = TIFFFixture(256, 128, channels: 3, sample: Self.colour)
    page.sparse = [1, 6]
    try write([page])
    for tiling in [Tiling(size: 64), plain(64)] {
      let images = try tiles(tiling)
      #expect(images.count == 6 && images.notes == ["2 of 8 tiles are background"])
      #expect(!names(images).contains("slide.tif#x64y0"))
      #expect(try pixels(images, 0).pixels == expected(0, 0, 64))
    }
  }

  @Test func listsAreKeptForTheStateOfTheFile() throws {
    try write([TIFFFixture(128, 128, channels: 3, sample: Self.halfEmpty)])
    let index = folder.url.appending(path: "index/deep")
    let tiling = Tiling(size: 64)
    #expect(try tiles(tiling, indexFolder: index).count == 4)
    let kept = try FileManager.default.contentsOfDirectory(atPath: index.path)
    #expect(kept.count == 1 && kept[0].hasSuffix(".tiles"))
    #expect(try names(tiles(tiling, indexFolder: index)) == names(tiles(tiling)))
    // Another size of tiles, and another state of the file.
    #expect(try tiles(Tiling(size: 32), indexFolder: index).count == 16)
    try write([TIFFFixture(192, 128, channels: 3, sample: Self.colour)])
    #expect(try tiles(tiling, indexFolder: index).count == 6)
    try Data("no list".utf8).write(to: index.appending(path: kept[0]))
    #expect(try tiles(tiling, indexFolder: index).count == 6)
  }

  @Test func otherFormatsAndShardsAreDecodedWhole() throws {
    try folder.write(try picture(3, width: 80, height: 40), to: "a.png")
    let images = try tiles(plain(40))
    #expect(names(images) == ["a.png#x0y0", "a.png#x40y0"])
    let whole = picturePixels(3, 80, 40)
    #expect(try pixels(images, 1).pixels.prefix(120) == whole[120..<240])
    try folder.write(tar([("x/a.png", try picture(3, width: 80, height: 40))]), to: "shards/s.tar")
    let sharded = try ImageDataset(paths: [folder.path("shards")]).tiled(plain(40))
    #expect(sharded.name(of: 1) == folder.path("shards/s.tar") + ":x/a.png#x40y0")
    #expect(try pixels(sharded, 1) == pixels(images, 1))
  }

  @Test func namesLabelsAndSubsetsAreOfTiles() throws {
    for name in ["cat/a.tif", "dog/b.tif"] {
      try write([TIFFFixture(64, 32, channels: 3, sample: Self.colour)], to: name)
    }
    try folder.write(Data([1]), to: "dog/c.tif")
    let all = try ImageDataset(paths: [folder.path], labelled: true)
    let images = try all.subset([2, 1, 0]).tiled(plain(32))
    #expect(images.problems.map(\.name) == [folder.path("dog/c.tif")])
    #expect((0..<images.count).map { images.label(of: $0) } == [1, 1, 0, 0] && images.classNames == ["cat", "dog"])
    #expect(images.relativeName(of: 1) == "dog/b.tif#x32y0")
    #expect(OutputNames(of: images, suffixes: [".png"]).all.first == "dog/b#x0y0.png")
    #expect(DatasetIdentity(of: images).count == 4)
    let part = images.subset([3])
    #expect(part.name(of: 0) == folder.path("cat/a.tif#x32y0") && part.label(of: 0) == 0)
    #expect(images.sharedCount(with: part) == 1)
    var files: Set<String> = []
    images.forEachFile { files.insert(String(decoding: $0, as: UTF8.self)) }
    #expect(files.contains(folder.path("cat/a.tif")))
    #expect(throws: DatasetError.self) { try images.tiled(plain(32)) }
  }

  @Test func settingsAreChecked() throws {
    try write([TIFFFixture(64, 64, channels: 3, sample: Self.colour)])
    for tiling in [Tiling(size: 4), Tiling(size: 32, overlap: 32), Tiling(size: 32, level: .micronsPerPixel(0))] {
      #expect(throws: InvalidSetting.self) { try tiles(tiling) }
    }
  }

  /// 4.8 GB of pixels, of which a file of seven tiles has 5 MB.
  @Test func anImageTooLargeToOpenIsReadInPlace() throws {
    let (side, kinds) = (512, 7)
    var page = TIFFFixture(40_000, 40_000, channels: 3, sample: Self.colour)
    (page.tileSide, page.differentTiles) = (side, kinds)
    try write([page])
    let images = try tiles(plain(500))
    #expect(images.count == 80 * 80)
    for index in [0, 3_217, 6_399] {
      let (left, top) = (index % 80 * 500, index / 80 * 500)
      let expected = (0..<500 * 500).flatMap { place in
        let (x, y) = (left + place % 500, top + place / 500)
        let tile = (y / side * 79 + x / side) % kinds
        return (0..<3).map { UInt8(Self.colour(tile * side + x % side, y % side, $0)) }
      }
      #expect(try pixels(images, index).pixels == expected, "\(index)")
    }
  }

  @Test func manyThreadsReadTheSameTiles() throws {
    try write([TIFFFixture(256, 256, channels: 3, sample: Self.colour)])
    let images = try tiles(plain(64))
    let alone = try (0..<images.count).map { try pixels(images, $0) }
    nonisolated(unsafe) let results = UnsafeMutableBufferPointer<Bool>.allocate(capacity: 64)
    defer { results.deallocate() }
    DispatchQueue.concurrentPerform(iterations: 64) { turn in
      let index = turn % images.count
      let tile = try? images.withBytes(of: index) { try EncodedImage(bytes: $0).decode() }
      results.initializeElement(at: turn, to: tile == alone[index])
    }
    #expect(results.allSatisfy { $0 })
  }
}
