import Synchronization

/// An image that could not be read, and why.
public struct SkippedImage: Codable, Hashable, Sendable, CustomStringConvertible {
  /// Its index in the data set; nil for what never got as far as having one, such as the cut end of a shard.
  public let index: Int?
  /// Its name in the data set.
  public let name: String
  /// Why it cannot be read.
  public let reason: String

  /// A record of one unreadable image.
  public init(index: Int?, name: String, reason: String) {
    self.index = index
    self.name = name
    self.reason = reason
  }

  /// Name and reason on one line.
  public var description: String { "\(name): \(reason)" }
}

/// The unreadable images met so far, each once; any thread may ask.
public final class SkippedImages: Sendable {
  private struct State {
    var images: [SkippedImage]
    var indices: Set<Int> = []
  }

  private let state: Mutex<State>

  /// Starts from what was found unreadable while the data set was listed.
  public init(_ known: [SkippedImage] = []) {
    state = Mutex(State(images: known))
  }

  /// All of them, in the order in which they were met.
  public var all: [SkippedImage] { state.withLock { $0.images } }

  /// How many there are.
  public var count: Int { state.withLock { $0.images.count } }

  /// How many of them are entries of the data set.
  package var entryCount: Int { state.withLock { $0.indices.count } }

  /// Notes an entry, once.
  package func record(index: Int, name: String, reason: String) {
    state.withLock {
      if $0.indices.insert(index).inserted {
        $0.images.append(SkippedImage(index: index, name: name, reason: reason))
      }
    }
  }
}
