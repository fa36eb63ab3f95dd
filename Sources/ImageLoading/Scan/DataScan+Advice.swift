import ImageCoding
import ImageData

extension DataScan {
  /// What pretraining on the images would have to be told. Nothing of it is applied.
  public struct Advice: Codable, Hashable, Sendable {
    /// A flag of `splitmask pretrain`.
    public struct Setting: Codable, Hashable, Sendable {
      /// As it is typed.
      public let flag: String
      /// Why, or when.
      public let reason: String
      /// Whether pretraining refuses the images without it, or another value of it.
      public let isNeeded: Bool

      private enum CodingKeys: String, CodingKey {
        case flag, reason
        case isNeeded = "needed"
      }
    }

    /// What pretraining would ask without any flag.
    public private(set) var questions: [String] = []
    /// Flags, those that are needed first.
    public private(set) var settings: [Setting] = []

    /// - Parameters:
    ///   - kinds: frequent ones first, each with the header of an image.
    ///   - formats: images by file format.
    ///   - channelFiles: the pattern by which files were grouped; nil where each is an image.
    init(_ kinds: [(header: SampleHeader, kind: Kind)], formats: [String: Int], channelFiles: String?) {
      if let channelFiles { add("--channel-files '\(channelFiles)'", "groups the files as here", isNeeded: true) }
      guard let first = kinds.first else { return }
      let stored = StoredImages(kinds.map { .init(header: $0.header, count: $0.kind.count, example: $0.kind.example) })
      guard stored.groups.count == 1 else {
        ask { _ = try stored.common() }
        add("--reading rgb", "makes all images 8-bit photographs; else leave all but one kind out", isNeeded: true)
        return
      }
      if first.kind.storage != nil { adviseChannels(first.header, first.kind) }
      adviseReading(first.header, formats)
      adviseTurns(first.header, formats)
    }

    private mutating func add(_ flag: String, _ reason: String, isNeeded: Bool = false) {
      settings.append(Setting(flag: flag, reason: reason, isNeeded: isNeeded))
    }

    private mutating func ask(_ body: () throws -> Void) {
      do { try body() } catch { questions.append("\(error)") }
    }

    private mutating func adviseChannels(_ header: SampleHeader, _ kind: Kind) {
      guard let choice = settledChoice(header, kind) else { return }
      adviseLeavingOut(choice, kind)
      adviseNodata(choice, kind)
      adviseScale(choice, kind)
    }

    /// The channels that the network would see, with questions answered in the likelier way.
    private mutating func settledChoice(_ header: SampleHeader, _ kind: Kind) -> ChannelChoice? {
      var config = PixelConfig()
      ask { _ = try ChannelChoice(header, config) }
      if (try? ChannelChoice(header, config)) == nil, header.pageCount > 1 {
        let pages = header.likelyPages
        config.pages = pages
        add("--pages \(pages.rawValue)", Self.pagesReason(pages, header), isNeeded: true)
        ask { _ = try ChannelChoice(header, config) }
      }
      if (try? ChannelChoice(header, config)) == nil {
        let isEven = kind.channels.last.map { $0.least == $0.greatest } ?? false
        config.alpha = isEven ? .last : .none
        add(
          "--alpha \(config.alpha.rawValue)",
          isEven
            ? "the last channel has one value everywhere, as opacity that nobody drew has"
            : "the last channel holds values of its own; last, if they are opacity all the same", isNeeded: true)
      }
      return try? ChannelChoice(header, config)
    }

    private static func pagesReason(_ pages: PixelFormat.Pages, _ header: SampleHeader) -> String {
      switch pages {
      case .channels, .all: "if all \(header.pageCount) pages show one scene; first reads the first page alone"
      case .first: "only the first of \(header.pageCount) pages is read; all takes every page as a channel"
      }
    }

    private mutating func adviseLeavingOut(_ choice: ChannelChoice, _ kind: Kind) {
      let useless = choice.sources.filter { source in
        source <= kind.channels.count && kind.channels[source - 1].least == kind.channels[source - 1].greatest
      }
      let kept = choice.sources.filter { !useless.contains($0) }
      guard !useless.isEmpty, !kept.isEmpty else { return }
      // Named channels say what the last one is.
      settings.removeAll { $0.flag.hasPrefix("--alpha") }
      let names = useless.map { "'\(kind.channels[$0 - 1].name)'" }.joined(separator: ", ")
      add(
        "--channels \(kept.map(String.init).joined(separator: ","))",
        "\(names) \(useless.count == 1 ? "has" : "have") one value everywhere, or none", isNeeded: true)
    }

    /// A least value that every channel has often.
    private mutating func adviseNodata(_ choice: ChannelChoice, _ kind: Kind) {
      let seen = kind.channels(choice)
      guard choice.nodata == nil, let least = seen.first?.least, least <= 0, least.rounded() == least,
        seen.allSatisfy({ $0.least == least && $0.leastShare >= Self.oftenShare })
      else { return }
      let share = seen.map(\.leastShare).min() ?? 0
      add(
        "--nodata \(DataScan.text(least))",
        """
        if it stands for no measurement: at least \(DataScan.text(share: share)) of every channel's values are it
        """)
    }

    /// The share of a value that is no accident.
    private static let oftenShare = 0.01

    private mutating func adviseScale(_ choice: ChannelChoice, _ kind: Kind) {
      let range = choice.typeRange
      let length = range.upperBound - range.lowerBound
      let fills = kind.channels(choice).allSatisfy { channel in
        guard let low = channel.low, let high = channel.high else { return false }
        return range.contains(low) && range.contains(high) && high - low >= 0.8 * length
      }
      guard fills else { return }
      add("--scale type", "every channel uses most of the range of \(choice.sampleType.rawValue)")
    }

    private mutating func adviseReading(_ header: SampleHeader, _ formats: [String: Int]) {
      let areOnlyTIFF = formats.keys.allSatisfy { $0 == ImageFormat.tiff.rawValue }
      if header.isPhotographic8Bit {
        guard areOnlyTIFF else { return }
        add("--reading channels", "if these are no photographs: grey stays one channel, on a scale of its own")
      } else if header.pageCount == 1, header.channelCount <= 4, header.sampleType == .uint16, !areOnlyTIFF {
        add("--reading rgb", "if these are photographs: they become 8-bit ones, as encoders of photographs see them")
      }
    }

    private mutating func adviseTurns(_ header: SampleHeader, _ formats: [String: Int]) {
      let count = header.channelCount(reading: header.likelyPages)
      guard count > 4 || formats.keys.contains(ImageFormat.tiff.rawValue) else { return }
      add(
        "--set augmentation.dihedral=true",
        "if the images have no up, as from a microscope or from above: turns and mirrors them all eight ways")
    }
  }
}

extension DataScan.Kind {
  /// Those that were measured of a choice.
  fileprivate func channels(_ choice: ChannelChoice) -> [DataScan.ChannelStatistics] {
    choice.sources.filter { $0 <= channels.count }.map { channels[$0 - 1] }
  }
}
