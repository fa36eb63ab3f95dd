import Runs
import Torch
import Training

/// What a speed was measured on.
public struct SpeedFacts: Encodable, Hashable, Sendable {
  /// The encoder's named shape.
  public let model: String
  /// Height and width of the images in pixels.
  public let imageSize: [Int]
  /// Side of a patch in pixels.
  public let patchSize: Int
  /// The method.
  public let method: String
  /// Images of the data set.
  public let images: Int
  /// Images of a batch that the run would have.
  public let batchSize: Int
  /// Batches of one update.
  public let accumulate: Int
  /// Where it computes.
  public let device: String
  /// The type of matrix products.
  public let precision: String
  /// Threads that an operator on the CPU may use.
  public let threads: Int
  /// Threads that decoded while updates were timed.
  public let workers: Int
  /// Whether decoded images are kept in memory, so that a run is faster from its second pass on; no measurement keeps them.
  public let keepsDecodedImages: Bool
  /// What the run's plan mentions besides its numbers, such as how an encoder that it goes on from is treated.
  public let notes: [String]

  init(_ run: PretrainingRun) {
    let config = run.config
    model = config.model.architecture.rawValue
    imageSize = [config.model.imageSize.height, config.model.imageSize.width]
    patchSize = config.model.patchSize
    method = config.method.rawValue
    images = run.recipe.images.count
    batchSize = run.schedule.batchSize
    accumulate = config.training.accumulate
    device = "\(run.device)"
    precision = config.training.precision.rawValue
    threads = Engine.threadCount
    workers = config.data.workers ?? 0
    keepsDecodedImages = run.recipe.cache != nil
    notes = run.recipe.notes
  }

  private enum CodingKeys: String, CodingKey {
    case model, method, images, accumulate, device, precision, threads, workers, notes
    case batchSize = "batch_size"
    case imageSize = "image_size"
    case patchSize = "patch_size"
    case keepsDecodedImages = "keeps_decoded_images"
  }
}
