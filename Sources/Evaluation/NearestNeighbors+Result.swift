extension NearestNeighbors {
  /// Accuracies in percent and what they were measured on.
  public struct Result: Codable, Hashable, Sendable {
    /// The accuracy with one number of neighbours.
    public struct Accuracy: Codable, Hashable, Sendable {
      /// Neighbours.
      public let k: Int
      /// Percent of test images whose class has the most votes.
      public let top1: Double
      /// Percent of test images whose class is among the min(5, k) with the most votes.
      public let top5: Double
    }

    /// Percent of test images whose class has the most votes, with the first k asked for.
    public let top1: Double
    /// Percent of test images whose class is among the min(5, k) with the most votes.
    public let top5: Double
    /// The first number of neighbours asked for.
    public let k: Int
    /// The accuracy for every number of neighbours asked for.
    public let byK: [Accuracy]
    /// What similarities were divided by.
    public let temperature: Double
    /// The images and features.
    public let measuredOn: Measured

    init(byK: [Accuracy], temperature: Double, measuredOn: Measured) {
      top1 = byK[0].top1
      top5 = byK[0].top5
      k = byK[0].k
      self.byK = byK
      self.temperature = temperature
      self.measuredOn = measuredOn
    }

    private enum CodingKeys: String, CodingKey {
      case top1, top5, k, temperature
      case byK = "by_k"
      case measuredOn = "measured_on"
    }
  }
}

extension NearestNeighbors.Result: CustomStringConvertible {
  /// A table for people.
  public var description: String {
    let rows = byK.map { accuracy in
      ("k = \(accuracy.k)", "top-1 \(percent(accuracy.top1))   top-5 \(percent(accuracy.top5))")
    }
    return table("k-nearest neighbours", rows + measuredOn.rows)
  }
}
