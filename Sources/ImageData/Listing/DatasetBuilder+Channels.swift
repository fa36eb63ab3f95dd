import DurableFiles
import SplitMaskCore

extension DatasetBuilder {
  /// Makes an image of the files that hold its channels, where there is a pattern for them and they are not packed already.
  ///
  /// - Throws: `DatasetError` where the pattern does not fit the files, or the channels of one image have different
  ///   classes.
  mutating func groupChannels() throws {
    guard let channelPattern else { return }
    if let count = channelCount(ofFirst: channelPattern), count > 1 {
      report.unmatched = "the files have \(count) channels each and are not grouped by '\(channelPattern.text)'"
      return
    }
    var rest = ChannelFiles.Rest()
    let files = try ChannelFiles(names.count, by: channelPattern, path: path(ofFile:), rest: &rest)
    report.problems += rest.problems
    if let example = rest.example {
      report.unmatched = """
        \(rest.unmatched) \(rest.unmatched == 1 ? "file does" : "files do") not match the pattern \
        '\(channelPattern.text)', such as \(example)
        """
    }
    if labels != .none { try labelImages(of: files) }
    channelFiles = files
  }

  /// Of the first file of a pattern, else of the first file; nil where it cannot be read.
  private func channelCount(ofFirst pattern: ChannelPattern) -> Int? {
    let file = (0..<names.count).first { pattern.match(path(ofFile: $0)) != nil } ?? 0
    return try? entries(labels: [], classNames: []).sampleHeader(of: file, buffer: FileBuffer()).channelCount
  }

  /// Gives each image the class of its files, and keeps the classes that images have.
  private mutating func labelImages(of files: ChannelFiles) throws {
    var placeOfClass: [Int32: Int32] = [:]
    var classNames: [String] = []
    var labels: [Int32] = []
    for image in 0..<files.imageCount {
      let own = places[files.first(of: image)]
      if let other = files.all(of: image).first(where: { places[$0] != own }) {
        guard self.labels == .required else { return places = [Int32](repeating: -1, count: files.imageCount) }
        throw DatasetError(
          """
          the channels of one image have different classes, \
          \(PrintableName.text(path(ofFile: files.first(of: image)))) and \(PrintableName.text(path(ofFile: other))); a \
          class is the first level of folders, or what a list says
          """)
      }
      if own >= 0 && placeOfClass[own] == nil {
        placeOfClass[own] = Int32(classNames.count)
        classNames.append(classes[Int(own)])
      }
      labels.append(placeOfClass[own] ?? -1)
    }
    (places, classes) = (labels, classNames)
  }

  /// The path of a file; inside a shard, the member's name below the shard's path.
  private func path(ofFile file: Int) -> [UInt8] {
    BytePath.joined(containers.container(of: file).path, names[file])
  }
}
