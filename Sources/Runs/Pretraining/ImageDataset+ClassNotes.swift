import ImageData
import Training

extension ImageDataset {
  /// What a plan says about classes of few images; nothing where there are none, or images have no classes.
  var classNotes: [String] {
    guard !classNames.isEmpty else { return [] }
    var counts = [Int](repeating: 0, count: classNames.count)
    for index in 0..<count { if let label = label(of: index) { counts[Int(label)] += 1 } }
    return ClassCounts(classNames, counts, of: "images").notes
  }
}
