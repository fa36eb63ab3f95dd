public import ImageCoding
public import ImageData
public import ImageLoading
import ImageTransforms
import SplitMaskCore
public import Torch
public import VisionModels

/// Shows a classifier images once each without augmentation: to judge it by their labels, or to learn their classes.
public struct ClassifierEvaluation {
  /// What of an image is shown: the short side at `size / cropRatio`, then the central crop
  /// (SplitMask, arXiv 2112.10740, Table 9).
  public struct Config: Codable, Hashable, Sendable {
    /// The crop's side over the image's short side; 1 shows small images whole.
    public var cropRatio = 0.875
    /// Epochs between two evaluations in training; the last epoch is always evaluated.
    public var everyEpochs = 1

    /// The paper's crop, after every epoch.
    public init() {}
  }

  private let loader: DataLoader
  private let device: Device
  private let precision: DType?

  /// - Parameters:
  ///   - dataset: to be judged by, labelled, its classes in the classifier's order.
  ///   - size: of the encoder's images.
  ///   - pixels: how the encoder sees them.
  ///   - config: how images are cropped.
  ///   - batchSize: images in a batch.
  ///   - workers: threads that decode images.
  ///   - cacheBudget: bytes of memory for decoded images if all of them fit; 0 keeps none.
  ///   - device: the device to compute on.
  ///   - precision: the type of the matrix products; nil is float32.
  ///   - share: the part of the images that this process scores.
  /// - Throws: `DatasetError`.
  public init(
    of dataset: ImageDataset, size: ImageSize, pixels: PixelNormalization, config: Config, batchSize: Int,
    workers: Int, cacheBudget: Int = 0, device: Device, precision: DType?, share: BatchShare = .whole
  ) throws {
    let crop = min(size.height, size.width)
    loader = try DataLoader(
      dataset: dataset, batchSize: batchSize,
      views: ViewConfiguration(encoder: .init(height: size.height, width: size.width), pixels: pixels),
      transform: .evaluation(resize: Int((Double(crop) / config.cropRatio).rounded()), crop: crop), workers: workers,
      decodedCacheBudget: cacheBudget, share: share)
    self.device = device
    self.precision = precision
  }

  /// Images that could not be read so far.
  public var skipped: [SkippedImage] { loader.skipped }

  /// Scores every readable image.
  ///
  /// - Parameters:
  ///   - classifier: the classifier, on its device.
  ///   - preparation: makes patches of a batch.
  ///   - processes: who score the other parts; the result is that of all.
  /// - Throws: `DatasetError` when most images cannot be read, ``ClassificationError/nothingMeasured``.
  public func measure(
    _ classifier: Classifier, preparation: BatchPreparation, processes: ProcessGroup
  ) throws -> ClassificationMetrics.Result {
    var metrics = ClassificationMetrics(classNames: classifier.classNames)
    try forEachBatch(classifier, preparation, "evaluating test images", processCount: processes.size) { batch, scores in
      metrics.add(scores: scores, labels: batch.labelTensor(on: device))
    }
    metrics.merge(processes)
    try processes.check()
    return try metrics.result()
  }

  /// The most probable classes of every image.
  ///
  /// - Parameters:
  ///   - classifier: the classifier, on its device.
  ///   - preparation: makes patches of a batch.
  ///   - count: classes of each image.
  ///   - table: gets the probabilities of all classes, `[N, K]` float32, the images in the data set's order; rows of images
  ///     that cannot be read are left as they are. Nil where nobody wants it.
  /// - Throws: `DatasetError` when most images cannot be read, ``ClassificationError/nonFiniteScores(count:)``.
  public func predict(
    _ classifier: Classifier, preparation: BatchPreparation, count: Int = 1, into table: Tensor? = nil
  ) throws -> ClassPredictions {
    let (dataset, names) = (loader.dataset, classifier.classNames)
    var guesses = [[ClassPredictions.Guess]](repeating: [], count: dataset.count)
    try forEachBatch(classifier, preparation, "predicting images", processCount: 1) { batch, scores in
      let probabilities = noGrad { scores.softmax(1) }
      let best = noGrad { probabilities.sorted(1, descending: true) }
      let (values, classes) = (best.values.array(of: Float.self), best.indices.array(of: Int.self))
      guard values.allSatisfy(\.isFinite) else { throw ClassificationError.nonFiniteScores(count: batch.count) }
      for (row, index) in batch.indices.enumerated() {
        guesses[index] = (0..<min(count, names.count)).map { place in
          let cell = row * names.count + place
          return ClassPredictions.Guess(name: names[classes[cell]], probability: values[cell])
        }
        if let table { noGrad { table.selected(0, index).copyInPlace(probabilities.selected(0, row)) } }
      }
    }
    let known = Set(names)
    let images = guesses.enumerated().map { index, guesses in
      // Folders may be no classes, but dates or places.
      let label = dataset.label(of: index).map { dataset.classNames[Int($0)] }.flatMap { known.contains($0) ? $0 : nil }
      return ClassPredictions.Image(name: dataset.name(of: index), guesses: guesses, label: label)
    }
    return ClassPredictions(images: images, skipped: skipped)
  }

  private func forEachBatch(
    _ classifier: Classifier, _ preparation: BatchPreparation, _ activity: String, processCount: Int,
    _ body: (HostBatch, _ scores: Tensor) throws -> Void
  ) throws {
    let batches = loader.batches(epoch: 0)
    let total = loader.dataset.count
    var done = 0
    while let batch = try batches.next() {
      WorkProgress.report(activity, done: min(done, total), total: total)
      done += batch.count * processCount
      let patches = preparation.evaluation(images: batch.views[0].tensor(on: device))
      try body(batch, noGrad { autocast(precision, on: device) { classifier(patches) }.to(.float32) })
    }
  }
}
