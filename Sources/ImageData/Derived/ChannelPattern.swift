/// A pattern of the names of files that hold one channel of an image each, such as `{site}_w{channel}.tif`.
///
/// `{channel}` tells the channels of one image apart. The texts of every other `{name}` tell images apart, as do the
/// folders in front of what the pattern describes; that of `*` does not. Each stands for as few characters of a name as
/// possible, `{name}` for one at least, none for a slash. A pattern describes as many of a path's last components as it has
/// itself.
struct ChannelPattern: Sendable {
  /// What a path says.
  struct Match {
    /// The same for all channels of an image.
    let image: [UInt8]
    let channel: [UInt8]
  }

  private enum Part: Equatable {
    case literal([UInt8])
    case field(isChannel: Bool)
    case any
  }

  /// As it was given.
  let text: String
  /// Of each component.
  private let components: [[Part]]

  /// - Throws: `DatasetError` for a pattern that cannot be understood, or does not have `{channel}` once.
  init(_ text: String) throws {
    self.text = text
    components = try text.split(separator: "/", omittingEmptySubsequences: false).map { component in
      guard !component.isEmpty else {
        throw DatasetError("the pattern '\(text)' has a slash at its start or end, or two in a row; leave it out")
      }
      return try Self.parts(of: component, in: text)
    }
    let channels = components.joined().count { $0 == .field(isChannel: true) }
    guard channels == 1 else {
      throw DatasetError(
        """
        the pattern '\(text)' has {channel} \(channels == 0 ? "nowhere" : "\(channels) times"); write it once, where the \
        files' names say which channel they are, as in '{site}_w{channel}.tif'
        """)
    }
  }

  private static func parts(of component: Substring, in text: String) throws -> [Part] {
    var parts: [Part] = []
    var rest = component
    while let first = rest.first {
      switch first {
      case "*":
        parts.append(.any)
        rest.removeFirst()
      case "{":
        guard let end = rest.firstIndex(of: "}"), rest[..<end].count > 1 else {
          throw DatasetError("the pattern '\(text)' has a { without a name and a } after it")
        }
        let name = rest[..<end].dropFirst()
        if case .field = parts.last {
          throw DatasetError(
            "the pattern '\(text)' has nothing between {\(name)} and the { } in front of it, so that nothing parts them"
          )
        }
        parts.append(.field(isChannel: name == "channel"))
        rest = rest[rest.index(after: end)...]
      default:
        let literal = rest.prefix { $0 != "*" && $0 != "{" }
        parts.append(.literal(Array(literal.utf8)))
        rest = rest[literal.endIndex...]
      }
    }
    return parts
  }

  /// Reads a path; nil where the pattern does not describe it.
  func match(_ path: [UInt8]) -> Match? {
    let names = path.split(separator: UInt8(ascii: "/"))
    guard names.count >= components.count else { return nil }
    let folders = names.dropLast(components.count)
    // A zero ends a text, in which there can be none.
    var image: [UInt8] = folders.flatMap { $0 + [UInt8(ascii: "/")] } + [0]
    var channel: [UInt8] = []
    for (parts, name) in zip(components, names.suffix(components.count)) {
      guard let texts = Self.texts(of: parts[...], in: name) else { return nil }
      for (part, text) in texts {
        switch part {
        case .field(isChannel: true): channel = Array(text)
        case .field(isChannel: false): image += text + [0]
        case .any, .literal: break
        }
      }
    }
    return Match(image: image, channel: channel)
  }

  /// What each part stands for; nil where they do not describe the name.
  private static func texts(of parts: ArraySlice<Part>, in name: ArraySlice<UInt8>) -> [(Part, ArraySlice<UInt8>)]? {
    guard let part = parts.first else { return name.isEmpty ? [] : nil }
    let others = parts.dropFirst()
    if case .literal(let literal) = part {
      guard name.starts(with: literal) else { return nil }
      return texts(of: others, in: name.dropFirst(literal.count))
    }
    let shortest = part == .any ? 0 : 1
    guard name.count >= shortest else { return nil }
    guard let length = length(before: others, in: name, from: shortest) else { return nil }
    return texts(of: others, in: name.dropFirst(length)).map { [(part, name.prefix(length))] + $0 }
  }

  /// How many bytes there are before what the next parts describe: before the first place of a literal, or the last where
  /// nothing follows it. No longer text than to the first place can help the parts that come later.
  private static func length(
    before parts: ArraySlice<Part>, in name: ArraySlice<UInt8>, from shortest: Int
  ) -> Int? {
    guard let next = parts.first else { return name.count }
    guard case .literal(let literal) = next else { return shortest }
    guard name.count - literal.count >= shortest else { return nil }
    if parts.count == 1 { return name.count - literal.count }
    return (shortest...name.count - literal.count).first { name.dropFirst($0).starts(with: literal) }
  }
}
