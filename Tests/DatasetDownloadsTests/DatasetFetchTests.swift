import DatasetDownloads
import DurableFiles
import Foundation
import Testing

@Suite struct DatasetFetchTests {
  private let scratch: Scratch
  private let server: LoopbackServer
  private let content = values(300_000)

  init() throws {
    scratch = try Scratch()
    server = try LoopbackServer()
  }

  private var sum: Checksum {
    get throws {
      let known = try JSONDecoder().decode([String: [String]].self, from: Data(archive("digests.json")))
      return .sha256(known["300000"]![1])
    }
  }

  private func list(size: Int? = 300_000, checked: Bool = true, path: String = "/list.bin") throws -> RemoteFile {
    RemoteFile(server.url(path), size: size, checksum: checked ? try sum : nil, packing: .none)
  }

  @discardableResult
  private func fetch(_ files: [RemoteFile]) throws -> DatasetFetch.Outcome {
    try DatasetFetch(dataset(files), to: scratch.file("out")).run()
  }

  @Test func downloadsUnpacksAndDoesNothingTheSecondTime() throws {
    defer { server.stop() }
    server.answer("/pax.tar.gz", .file(try archive("pax.tar.gz")))
    server.answer("/list.bin", .file(content))
    let files = try [RemoteFile(server.url("/pax.tar.gz"), packing: .tarGzip), list()]
    var seen: [FetchProgress] = []
    let outcome = try DatasetFetch(dataset(files), to: scratch.file("out")).run { seen.append($0) }
    #expect(outcome == .fetched)
    #expect(try scratch.bytes("out/list.bin") == content && scratch.bytes("out/deep/values.bin") == content)
    #expect(!scratch.exists("out.part"))
    #expect(Set(seen.map(\.activity)) == [.downloading, .verifying, .unpacking])
    #expect(seen.last { $0.activity == .downloading }.map { $0.done == 300_000 && $0.total == 300_000 } == true)
    #expect(server.requests.map(\.range?.lowerBound) == [0, 0])
    #expect(try fetch(files) == .alreadyThere)
    #expect(server.requests.count == 2, "nothing is asked of the server")
  }

  @Test func goesOnWhereAnEarlierCallEnded() throws {
    defer { server.stop() }
    server.answer("/list.bin", .file(content))
    try scratch.write(content[..<1000], to: "out.part/list.bin.part")
    #expect(try fetch([list()]) == .fetched)
    #expect(server.requests.map(\.range?.lowerBound) == [1000])
    #expect(try scratch.bytes("out/list.bin") == content)
  }

  @Test func asksForALargeFileInPieces() throws {
    defer { server.stop() }
    server.answer("/list.bin", .file(content, tag: "\"one\""))
    #expect(try DatasetFetch(dataset([list()]), to: scratch.file("out"), pieceSize: 120_000).run() == .fetched)
    #expect(server.requests.map(\.range) == [0...119_999, 120_000...239_999, 240_000...359_999])
    #expect(server.requests.map(\.ifRange) == [nil, "\"one\"", "\"one\""])
    #expect(try scratch.bytes("out/list.bin") == content)
  }

  @Test func aWholePartIsNotAskedForAgain() throws {
    defer { server.stop() }
    try scratch.write(content, to: "out.part/list.bin.part")
    #expect(try fetch([list()]) == .fetched)
    #expect(server.requests.isEmpty)
    // Without a known size only the server can say that nothing is missing.
    server.answer("/list.bin", .file(content))
    try scratch.write(content, to: "other.part/list.bin.part")
    #expect(try DatasetFetch(dataset([list(size: nil)]), to: scratch.file("other")).run() == .fetched)
    #expect(try scratch.bytes("other/list.bin") == content)
  }

  @Test func aServerThatIgnoresRangesStartsAnew() throws {
    defer { server.stop() }
    server.answer("/list.bin", .file(content, ranges: false))
    try scratch.write([UInt8](repeating: 9, count: 1000), to: "out.part/list.bin.part")
    try fetch([list()])
    #expect(server.requests.map(\.range?.lowerBound) == [1000])
    #expect(try scratch.bytes("out/list.bin") == content)
  }

  @Test func aBodyThatIsCutIsKeptAndContinued() throws {
    defer { server.stop() }
    server.answer("/list.bin", .cut(content, after: 100_000))
    let error = #expect(throws: DownloadError.self) { try fetch([list()]) }
    guard case .broken(_, _, let kept) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try kept == 100_000 && scratch.bytes("out.part/list.bin.part") == Array(content[..<100_000]))
    server.answer("/list.bin", .file(content))
    try fetch([list()])
    #expect(server.requests.map(\.range?.lowerBound) == [0, 100_000])
    #expect(try scratch.bytes("out/list.bin") == content)
  }

  /// A part of one version must not be joined to the rest of another.
  @Test func aFileThatHasChangedStartsAnew() throws {
    defer { server.stop() }
    try scratch.write([UInt8](repeating: 9, count: 1000), to: "out.part/list.bin.part")
    try scratch.write(Array("\"old\"".utf8), to: "out.part/list.bin.part-version")
    server.answer("/list.bin", .file(content, tag: "\"new\""))
    try fetch([list(checked: false)])
    #expect(server.requests.map(\.ifRange) == ["\"old\""])
    #expect(try scratch.bytes("out/list.bin") == content)
  }

  @Test func aWrongChecksumIsToldAndSetAside() throws {
    defer { server.stop() }
    var other = content
    other[77] ^= 1
    server.answer("/list.bin", .file(other))
    let error = #expect(throws: DownloadError.self) { try fetch([list()]) }
    guard case .wrongChecksum(_, let expected, let found, let kept) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try expected == "\(sum)" && found != expected && kept.hasSuffix("out.part/list.bin.damaged"))
    #expect(!scratch.exists("out"))
    server.answer("/list.bin", .file(content))
    try fetch([list()])
    #expect(try scratch.bytes("out/list.bin") == content)
  }

  @Test func aRefusalKeepsWhatIsThere() throws {
    defer { server.stop() }
    try scratch.write(content[..<1000], to: "out.part/list.bin.part")
    let url = server.url("/list.bin").absoluteString
    #expect(throws: DownloadError.refused(url: url, status: 404)) { try fetch([list()]) }
    server.answer("/list.bin", .status(503))
    #expect(throws: DownloadError.refused(url: url, status: 503)) { try fetch([list()]) }
    #expect(try scratch.bytes("out.part/list.bin.part").count == 1000)
  }

  @Test func redirectsAreFollowedWithTheRange() throws {
    defer { server.stop() }
    server.answer("/list.bin", .redirect("/real.bin"))
    server.answer("/real.bin", .file(content))
    try scratch.write(content[..<1000], to: "out.part/list.bin.part")
    try fetch([list()])
    #expect(server.requests.map(\.path) == ["/list.bin", "/real.bin"])
    #expect(server.requests.map(\.range?.lowerBound) == [1000, 1000])
    #expect(try scratch.bytes("out/list.bin") == content)
  }

  @Test func aServerThatIsNotThereIsTold() throws {
    server.stop()
    let error = #expect(throws: DownloadError.self) { try fetch([list()]) }
    guard case .broken(_, let reason, 0) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test func anotherSizeThanTheKnownOneIsRefusedAtOnce() throws {
    defer { server.stop() }
    server.answer("/list.bin", .file(content))
    let url = server.url("/list.bin").absoluteString
    #expect(throws: DownloadError.wrongSize(url: url, expected: 299_999, found: 300_000)) {
      try fetch([list(size: 299_999)])
    }
  }

  @Test func aDiskWithoutRoomIsToldBeforeAnythingIsAskedFor() throws {
    defer { server.stop() }
    let error = #expect(throws: DownloadError.self) { try fetch([list(size: 1 << 60)]) }
    guard case .noRoom(let needed, let free, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(needed == 2 << 60 && free < needed && server.requests.isEmpty)
  }

  @Test func whatElseIsThereStays() throws {
    defer { server.stop() }
    try scratch.write([1], to: "out/mine.txt")
    #expect(throws: DownloadError.occupied(path: scratch.file("out").path)) { try fetch([list()]) }
    try scratch.write([1], to: "file")
    #expect(throws: DownloadError.occupied(path: scratch.file("file").path)) {
      _ = try DatasetFetch(dataset([list()]), to: scratch.file("file")).run()
    }
    #expect(try server.requests.isEmpty && scratch.names("out") == ["mine.txt"])
  }

  @Test func aDataSetThatIsNotOpenSaysHowToBringIt() throws {
    defer { server.stop() }
    #expect(throws: DownloadError.notAvailable(name: "trial", instead: "ask someone")) { try fetch([]) }
  }

  @Test(arguments: [
    "parent.tar.gz", "absolute.tar.gz", "link.tar.gz", "hardlink.tar.gz", "device.tar.gz", "parent.zip", "absolute.zip",
    "link.zip",
  ])
  func archivesThatLeadOutAreRefused(name: String) throws {
    defer { server.stop() }
    server.answer("/\(name)", .file(try archive(name)))
    let file = RemoteFile(server.url("/\(name)"), packing: name.hasSuffix(".zip") ? .zip : .tarGzip)
    let error = #expect(throws: DownloadError.self) { try fetch([file]) }
    guard case .unsafe(name, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try scratch.names("") == ["out.part", "out.part/lock", "out.part/\(name).damaged"])
    #expect(!FileManager.default.fileExists(atPath: "/tmp/splitmask-out.txt"))
  }

  @Test(arguments: ["cut.tar.gz", "damaged.zip"])
  func damagedArchivesAreDownloadedAnew(name: String) throws {
    defer { server.stop() }
    server.answer("/\(name)", .file(try archive(name)))
    let file = RemoteFile(server.url("/\(name)"), packing: name.hasSuffix(".zip") ? .zip : .tarGzip)
    let error = #expect(throws: DownloadError.self) { try fetch([file]) }
    guard case .damaged = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!scratch.exists("out"))
    server.answer("/\(name)", .file(try archive(name.hasSuffix(".zip") ? "stored.zip" : "pax.tar.gz")))
    try fetch([file])
    #expect(try scratch.bytes("out/note.txt") == Array("alpha\n".utf8))
  }

  @Test(arguments: ["pax.tar.gz", "gnu.tar.gz", "members.tar.gz", "deflated.zip", "zip64.zip"])
  func everyMemberIsUnpacked(name: String) throws {
    defer { server.stop() }
    server.answer("/\(name)", .file(try archive(name)))
    try fetch([RemoteFile(server.url("/\(name)"), packing: name.hasSuffix(".zip") ? .zip : .tarGzip)])
    let long = "long/" + String(repeating: "n", count: 150) + ".txt"
    #expect(
      try scratch.names("out") == [
        "note.txt", "deep", "deep/values.bin", "empty.txt", "bare", "long", long, "fetched.json",
      ])
    #expect(try scratch.bytes("out/note.txt") == Array("alpha\n".utf8))
    #expect(try scratch.bytes("out/deep/values.bin") == content)
    #expect(try scratch.bytes("out/empty.txt").isEmpty && scratch.bytes("out/\(long)") == Array("omega\n".utf8))
  }
}
