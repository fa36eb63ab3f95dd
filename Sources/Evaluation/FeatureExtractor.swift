public import ImageCoding
public import ImageData
public import ImageLoading
import ImageTransforms
public import SplitMaskCore
public import Torch
import Training
public import VisionModels

/// Runs an encoder over a data set and keeps one vector for each image.
public struct FeatureExtractor {
  let encoder: VisionTransformer
  private let patchifier: Patchifier
  /// How it sees images.
  let normalization: PixelNormalization
  /// What made the encoder, in words.
  package let source: String
  let device: Device
  let precision: DType?

  /// Moves the encoder to the device.
  ///
  /// - Parameters:
  ///   - encoder: the encoder.
  ///   - normalization: the mean and standard deviation of pixels.
  ///   - source: what made the encoder, in words, for the results.
  ///   - device: the device to compute on.
  ///   - precision: the type of the matrix products; nil is float32.
  public init(
    encoder: VisionTransformer, normalization: PixelNormalization, source: String, device: Device = .cpu,
    precision: DType? = nil
  ) {
    self.encoder = encoder
    self.source = source
    self.device = device
    self.precision = precision
    self.normalization = normalization
    encoder.move(to: device)
    patchifier = Patchifier(
      grid: encoder.config.grid, patchSize: encoder.config.patchSize, normalization: normalization, device: device)
  }

  /// An encoder as it comes from a file.
  public init(_ loaded: LoadedEncoder, device: Device = .cpu, precision: DType? = nil) {
    self.init(
      encoder: loaded.encoder, normalization: loaded.normalization, source: loaded.source, device: device,
      precision: precision)
  }

  /// The short side of which a central crop is taken: 8/7 of it, as DINO's eval_knn.py does, and images below 96 pixels whole.
  package static func shortSide(ofCrop crop: Int) -> Int { crop < 96 ? crop : (crop * 8 + 3) / 7 }

  /// A loader that shows every image once, in order, as DINO's eval_knn.py does: the short side at 8/7 of the
  /// encoder's image size, then the central crop.
  ///
  /// Images below 96 pixels are shown whole, as is usual for CIFAR: a crop would cost them their borders.
  ///
  /// - Parameters:
  ///   - dataset: the images.
  ///   - batchSize: images that each process sends through the encoder at once; on a CPU, its threads share them out.
  ///   - workers: threads that decode images.
  ///   - processes: who share out the images.
  /// - Throws: `DatasetError`.
  public func loader(
    of dataset: ImageDataset, batchSize: Int = 64, workers: Int = DataLoader.defaultWorkers,
    processes: ProcessGroup
  ) throws -> DataLoader {
    let size = encoder.config.imageSize
    let crop = min(size.height, size.width)
    let resize = Self.shortSide(ofCrop: crop)
    // Processes must make the same batches, and may have different numbers of threads.
    let batchSize =
      processes.isAlone
      ? InferenceThreads(on: device).batchSize(total: min(batchSize, dataset.count)) : batchSize
    return try DataLoader(
      dataset: dataset, batchSize: batchSize * processes.size,
      views: ViewConfiguration(encoder: .init(height: size.height, width: size.width), pixels: normalization),
      transform: .evaluation(resize: resize, crop: crop), workers: workers, decodedCacheBudget: 0,
      share: processes.batchShare)
  }

  /// The features of every readable image of a loader in evaluation mode.
  ///
  /// - Parameters:
  ///   - kinds: which of the encoder's outputs to keep.
  ///   - loader: shows every image once, as ``loader(of:batchSize:workers:processes:)`` makes it.
  ///   - processes: who make the other shares of the batches; each gets the table of all.
  ///   - progress: called after each batch with the images done and the images there are; by default a `WorkProgress`
  ///     is reported.
  /// - Throws: `DatasetError` when most images cannot be read; ``EvaluationError/noClassToken``; what `progress` throws.
  public func extract(
    _ kinds: [FeatureKind] = [.mean], from loader: DataLoader, processes: ProcessGroup,
    progress: (Int, Int) throws -> Void = { WorkProgress.report("computing features of images", done: $0, total: $1) }
  ) throws -> FeatureTable {
    if !encoder.config.classToken, kinds.contains(.classToken) { throw EvaluationError.noClassToken }
    let total = loader.dataset.count
    let capacity = loader.batchesPerEpoch * loader.batchSize / processes.size
    let tables = kinds.map { _ in Tensor.empty([capacity, encoder.config.embeddingDimension]) }
    var images: [Int] = []
    let batches = loader.batches(epoch: 0)
    try InferenceThreads(on: device).forEach(batches.next) { [self] batch in
      noGrad {
        let tokens = tokens(of: batch.views[0])
        return kinds.map { pooled(tokens, $0) }
      }
    } then: { batch, values in
      noGrad {
        for (value, table) in zip(values, tables) {
          table.narrowed(0, start: images.count, count: batch.count).copyInPlace(value)
        }
      }
      images += batch.indices
      try progress(min(total, images.count * processes.size), total)
    }
    let rows = images.count
    let own = noGrad { tables.map { rows == capacity ? $0 : $0.narrowed(0, start: 0, count: rows) } }
    let (shown, values) = try together(images, own, processes)
    let dataset = loader.dataset
    return FeatureTable(
      Dictionary(uniqueKeysWithValues: zip(kinds, values)), names: shown.map { dataset.name(of: $0) },
      labels: dataset.classNames.isEmpty ? nil : shown.map { Int(dataset.label(of: $0)!) },
      classNames: dataset.classNames, source: source,
      skipped: try processes.gatheredOnce(loader.skipped))
  }

  /// The images and rows of all processes, in the data set's order.
  private func together(
    _ images: [Int], _ tables: [Tensor], _ processes: ProcessGroup
  ) throws -> (images: [Int], tables: [Tensor]) {
    guard !processes.isAlone else { return (images, tables) }
    let all = processes.gatheredUnevenly(Tensor(images.map(Int64.init))).array(of: Int.self)
    let order = all.indices.sorted { all[$0] < all[$1] }
    let rows = Tensor(order.map(Int64.init))
    let sorted = noGrad { tables.map { processes.gatheredUnevenly($0).indexSelect(0, rows) } }
    try processes.check()
    return (order.map { all[$0] }, sorted)
  }

  /// All tokens after the last normalisation, `[B, prefixCount + n, D]`.
  private func tokens(of view: HostView) -> Tensor {
    let patches = patches(of: view, start: 0, count: view.batchCount)
    return autocast(precision, on: device) { encoder(patches) }.to(.float32)
  }

  /// Normalised pixels of some of a view's images, `[count, n, 3 · p · p]`.
  func patches(of view: HostView, start: Int, count: Int) -> Tensor {
    patchifier(view.tensor(on: .cpu).narrowed(0, start: start, count: count).to(device))
  }

  /// One vector for each image of tokens `[B, prefixCount + n, D]`.
  func pooled(_ tokens: Tensor, _ kind: FeatureKind) -> Tensor {
    let prefix = encoder.prefixCount
    return switch kind {
    case .mean: tokens.narrowed(1, start: prefix, count: tokens.shape[1] - prefix).mean([1])
    case .classToken: tokens.selected(1, 0)
    }
  }
}
