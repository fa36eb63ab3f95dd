import Dispatch
import DurableFiles
public import Foundation
import ImageCoding
import ImageData
import Synchronization

extension ShapesDataset {
  /// What `write` found to do.
  public enum Outcome: Hashable, Sendable {
    /// The data set was written, or an interrupted writing completed.
    case written
    /// The whole data set was there already.
    case alreadyThere
  }

  /// Quality of the JPEG files: high enough for edges and textures to stay clean.
  private static let jpegQuality = 92

  /// Writes the data set into the folder `root`, which is made if need be.
  ///
  /// A folder which holds anything else is left alone. Writing that was interrupted is done again from the start.
  /// - Parameters:
  ///   - root: The folder.
  ///   - workers: Threads that draw; the files do not depend on it.
  ///   - progress: Told the number of images done, in order, by one thread at a time.
  /// - Throws: `ShapesError`, or `FileError` for the files of the whole data set.
  @discardableResult
  public func write(
    to root: URL, workers: Int = ProcessInfo.processInfo.activeProcessorCount,
    progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> Outcome {
    let manifest = ShapesManifest(parameters: config)
    if try manifest.state(of: root) == .finished { return .alreadyThere }
    let annotations = ShapesAnnotations(dataset: self)
    do {
      try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
      try manifest.write(to: root, finished: false)
      try makeFolders(in: root)
      let pieces = try drawAll(workers: workers, progress: progress) { index in
        let rendering = self.render(index)
        try self.writeImage(rendering, index: index, to: root)
        return try annotations.piece(of: rendering, index: index)
      }
      for split in Split.allCases {
        let file = root.appendingPathComponent("instances_\(split.rawValue).json")
        try AtomicFile.write(annotations.file(of: pieces[indices(of: split)]), to: file)
      }
      let names = (["background"] + config.classes.map(\.rawValue)).joined(separator: "\n") + "\n"
      try AtomicFile.write(Data(names.utf8), to: root.appendingPathComponent("classes.txt"))
      try manifest.write(to: root, finished: true)
    } catch let error as CocoaError {
      throw ShapesError.cannotWrite(path: error.filePath ?? root.path, reason: error.localizedDescription)
    }
    return .written
  }

  private func makeFolders(in root: URL) throws {
    let annotations = root.appendingPathComponent("annotations")
    try FileManager.default.createDirectory(at: annotations, withIntermediateDirectories: true)
    // Label maps are PNG files too: this keeps them from being taken for images when the whole folder is.
    try Data().write(to: annotations.appendingPathComponent(ImageDataset.exclusionMark))
    for split in Split.allCases {
      for name in Set(indices(of: split).prefix(config.classes.count).map { mainShape(of: $0).rawValue }) {
        for parent in [split.rawValue, "annotations/" + split.rawValue] {
          try FileManager.default.createDirectory(
            at: root.appendingPathComponent("\(parent)/\(name)"), withIntermediateDirectories: true)
        }
      }
    }
  }

  private func writeImage(_ rendering: ShapesRendering, index: Int, to root: URL) throws {
    let image =
      config.arePhotographs
      ? try ImageEncoder.jpeg(rendering.image, quality: Self.jpegQuality)
      : try ImageEncoder.tiff(samples(index), type: config.bits == 8 ? .uint8 : .uint16)
    try image.write(to: root.appendingPathComponent(imagePath(of: index)))
    try ImageEncoder.png(grey: labelMap(of: rendering), width: config.width, height: config.height)
      .write(to: root.appendingPathComponent(labelMapPath(of: index)))
  }

  /// The pieces that `body` makes for every image, in order, worked out by `workers` threads; stops at the first error.
  private func drawAll(
    workers: Int, progress: (@Sendable (Int) -> Void)?, _ body: @Sendable (Int) throws -> ShapesAnnotations.Piece
  ) throws -> [ShapesAnnotations.Piece] {
    struct State {
      var next = 0
      var done = 0
      var failure: (any Error)?
      var pieces: [ShapesAnnotations.Piece?]
    }
    let count = config.images
    let state = Mutex(State(pieces: Array(repeating: nil, count: count)))
    DispatchQueue.concurrentPerform(iterations: min(max(workers, 1), count)) { _ in
      while true {
        let index = state.withLock { state in
          defer { state.next += 1 }
          return state.failure == nil ? state.next : count
        }
        guard index < count else { return }
        do {
          let piece = try body(index)
          state.withLock { state in
            state.pieces[index] = piece
            state.done += 1
            progress?(state.done)
          }
        } catch {
          state.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      return state.pieces.compactMap { $0 }
    }
  }
}
