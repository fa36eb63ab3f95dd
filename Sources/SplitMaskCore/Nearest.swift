/// The candidate that was most likely meant by `word`, or nil when none is near.
///
/// Near means that at most a third of the longer word's letters, and at least one, must change (added, dropped,
/// replaced or swapped with a neighbour), case aside. The first of equals wins.
package func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
  let letters = Array(word.lowercased())
  var best: (name: String, distance: Int)?
  for candidate in candidates {
    let others = Array(candidate.lowercased())
    let distance = editDistance(letters, others)
    guard distance <= max(1, max(letters.count, others.count) / 3), distance < best?.distance ?? .max else { continue }
    best = (candidate, distance)
  }
  return best?.name
}

/// The optimal string alignment distance: Levenshtein's with swaps of neighbours.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...b.count)
  for i in a.indices {
    var current = [i + 1]
    for j in b.indices {
      var distance = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, beforePrevious[j - 1] + 1) }
      current.append(distance)
    }
    (beforePrevious, previous) = (previous, current)
  }
  return previous[b.count]
}
