import Torch

/// Counts how often the true class is the first, or among the first five, by score.
///
/// Classes of equal score rank in their order, as in a stable sort.
struct RankAccuracy {
  private var first = 0
  private var firstFive = 0
  private var total = 0
  /// Images added so far.
  var count: Int { total }
  private let depth: Int

  /// - Parameter depth: how many classes count for top-5; fewer than five where fewer can be told apart.
  init(depth: Int = 5) { self.depth = min(5, depth) }

  /// Adds images with the score of every class, `[N, C]`, and their classes, `[N]` int64.
  mutating func add(scores: Tensor, labels: Tensor) {
    let wanted = labels.unsqueezed(1)
    let own = scores.gathered(1, wanted)
    let higher = scores.isGreater(than: own).to(.int64).sum([1])
    let classes = Tensor.range(0, scores.shape[1], device: scores.device)
    let tied = scores.isEqual(to: own) * wanted.isGreater(than: classes)
    let ranks = (higher + tied.to(.int64).sum([1])).array(of: Int.self)
    first += ranks.count { $0 == 0 }
    firstFive += ranks.count { $0 < depth }
    total += ranks.count
  }

  /// Adds the images of all processes.
  mutating func merge(_ processes: ProcessGroup) {
    let counts = Tensor([first, firstFive, total])
    processes.sumInPlace(counts)
    let sums = counts.array(of: Int.self)
    (first, firstFive, total) = (sums[0], sums[1], sums[2])
  }

  /// Percent of images whose class scores highest.
  var top1: Double { 100 * Double(first) / Double(max(1, total)) }
  /// Percent of images whose class is among the five that score highest.
  var top5: Double { 100 * Double(firstFive) / Double(max(1, total)) }
}
