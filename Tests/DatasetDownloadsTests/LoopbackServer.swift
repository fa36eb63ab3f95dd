import Foundation
import Synchronization

/// A server on the loopback interface that answers a few requests, one connection at a time, and remembers them.
final class LoopbackServer: Sendable {
  /// What is asked for.
  struct Request: Sendable {
    let path: String
    /// The first and the last byte asked for.
    let range: ClosedRange<Int>?
    let ifRange: String?
  }

  /// How a path is answered.
  enum Answer: Sendable {
    case file([UInt8], ranges: Bool = true, tag: String? = nil)
    /// Promises the whole and ends after some bytes.
    case cut([UInt8], after: Int)
    case redirect(String)
    case status(Int)
  }

  private let listener: Int32
  private let answers = Mutex<[String: Answer]>([:])
  private let seen = Mutex<[Request]>([])
  /// No test asks for more.
  private static let connectionLimit = 32

  let port: Int

  init() throws {
    // A proxy that the environment names must not be asked for the loopback interface.
    setenv("no_proxy", "127.0.0.1", 1)
    signal(SIGPIPE, SIG_IGN)
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard bound else { throw CocoaError(.fileReadUnknown) }
    listener = descriptor
    port = Int(UInt16(bigEndian: address.sin_port))
    let thread = Thread { [self] in serve() }
    thread.start()
  }

  /// Ends the thread with the next, useless, connection.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  func url(_ path: String) -> URL { URL(string: "http://127.0.0.1:\(port)\(path)")! }

  func answer(_ path: String, _ answer: Answer) { answers.withLock { $0[path] = answer } }

  var requests: [Request] { seen.withLock { $0 } }

  private func serve() {
    for _ in 0..<LoopbackServer.connectionLimit {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { break }
      var limit = timeval(tv_sec: 5, tv_usec: 0)
      setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      if let request = read(connection) {
        seen.withLock { $0.append(request) }
        respond(to: request, answers.withLock { $0[request.path] } ?? .status(404), on: connection)
      }
      close(connection)
    }
    close(listener)
  }

  private func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < 16384, !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
    }
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
    func field(_ name: String) -> String? {
      lines.first { $0.lowercased().hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }
    let ends = field("range")?.dropFirst("bytes=".count).split(separator: "-").compactMap { Int($0) } ?? []
    let range = ends.count == 2 ? ends[0]...ends[1] : nil
    let parts = lines[0].split(separator: " ")
    return parts.count == 3 ? Request(path: String(parts[1]), range: range, ifRange: field("if-range")) : nil
  }

  private func respond(to request: Request, _ answer: Answer, on connection: Int32) {
    switch answer {
    case .status(let code): write("HTTP/1.1 \(code) Said\r\nContent-Length: 0\r\n", [], to: connection)
    case .redirect(let path):
      write("HTTP/1.1 302 Found\r\nLocation: \(path)\r\nContent-Length: 0\r\n", [], to: connection)
    case .cut(let body, let count):
      write("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n", Array(body[..<count]), to: connection)
    case .file(let body, let ranges, let tag):
      let field = tag.map { "ETag: \($0)\r\n" } ?? ""
      let isSame = request.ifRange == nil || request.ifRange == tag
      guard let range = request.range, ranges, isSame else {
        write("HTTP/1.1 200 OK\r\n\(field)Content-Length: \(body.count)\r\n", body, to: connection)
        return
      }
      guard range.lowerBound < body.count else {
        write(
          "HTTP/1.1 416 Too far\r\nContent-Range: bytes */\(body.count)\r\nContent-Length: 0\r\n", [], to: connection)
        return
      }
      let part = range.clamped(to: 0...(body.count - 1))
      let place = "\(part.lowerBound)-\(part.upperBound)/\(body.count)"
      let head = "HTTP/1.1 206 Part\r\n\(field)Content-Range: bytes \(place)\r\n"
      write(head + "Content-Length: \(part.count)\r\n", Array(body[part]), to: connection)
    }
  }

  private func write(_ head: String, _ body: [UInt8], to connection: Int32) {
    let bytes = Array((head + "Connection: close\r\n\r\n").utf8) + body
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { send(connection, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { return }
      sent += count
    }
  }
}
