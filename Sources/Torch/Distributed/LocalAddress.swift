#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The address by which other machines reach this one.
enum LocalAddress {
  /// A host's name has no address.
  struct UnknownHost: Error {}

  /// The address that this machine shows to a host: that of the interface on the way there.
  ///
  /// Nothing is sent: connecting a datagram socket only chooses a route.
  ///
  /// - Returns: nil where none of the host's addresses can be reached.
  /// - Throws: ``UnknownHost``.
  static func facing(_ host: String, port: Int) throws -> String? {
    var hints = addrinfo()
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    #else
      hints.ai_socktype = SOCK_DGRAM
    #endif
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &list) == 0 else { throw UnknownHost() }
    defer { freeaddrinfo(list) }
    for candidate in sequence(first: list, next: { $0?.pointee.ai_next }).prefix(while: { $0 != nil }) {
      if let address = facing(candidate!.pointee) { return address }
    }
    return nil
  }

  private static func facing(_ target: addrinfo) -> String? {
    let descriptor = socket(target.ai_family, target.ai_socktype, target.ai_protocol)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard connect(descriptor, target.ai_addr, target.ai_addrlen) == 0 else { return nil }
    var own = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = withUnsafeMutableBytes(of: &own) { bytes in
      let address = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
      guard getsockname(descriptor, address, &length) == 0 else { return Int32(-1) }
      return getnameinfo(address, length, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
    }
    return status == 0 ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
  }
}
