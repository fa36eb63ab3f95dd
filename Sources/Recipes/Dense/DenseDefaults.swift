import ImageData

/// What dense tasks choose where nobody says more.
enum DenseDefaults {
  /// Images that a processor is asked to learn from.
  static let cpuImages = 3000

  /// Threads that decode.
  static var workers: Int { DataLoader.defaultWorkers }
}
