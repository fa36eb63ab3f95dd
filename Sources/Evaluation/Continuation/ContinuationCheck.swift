import SplitMaskCore

/// What going on has made of an encoder, as nearest neighbours find by the classes of some of its images.
public struct ContinuationCheck: Hashable, Sendable {
  /// Images whose class is told, and as many that are looked among.
  public let imageCount: Int
  /// The share of them whose class is right, with the encoder as it came.
  public let before: Double
  /// The same with the encoder as it is.
  public let after: Double

  /// The name under which the accuracy is logged, in percent.
  package static let metricName = "knn_top1"

  /// What two encoders reached.
  package init(imageCount: Int, before: Double, after: Double) {
    (self.imageCount, self.before, self.after) = (imageCount, before, after)
  }

  /// Twice the standard error of the difference.
  private var doubt: Double {
    2 * ((before * (1 - before) + after * (1 - after)) / Double(imageCount)).squareRoot()
  }

  /// Whether something was lost, beyond what chance makes.
  var isWorse: Bool { after < before - doubt }

  /// Both figures, and what to do where something was lost.
  public var sentence: String {
    func percent(_ share: Double) -> String { HumanReadable.fixed(100 * share, 1) + " %" }
    let figures = """
      Nearest neighbours tell the classes of \(percent(before)) of \(HumanReadable.count(imageCount)) images with the encoder as \
      it came, of \(percent(after)) with the encoder as it is now
      """
    if isWorse {
      return figures
        + ": going on has cost some of what it came with. Use it as it came, or go on with a lower "
        + "continuation.learningRateScale, with more images, or with the method it was trained by."
    }
    return figures + (after > before + doubt ? "." : ", no more of a difference than chance makes.")
  }
}
