package import Torch

/// Means of named scalars over the steps since they were last read.
///
/// The sums stay on the device, so that adding to them does not wait for it. Values that are not finite count for
/// nothing.
package struct MetricWindow {
  private var names: [String] = []
  private var sums: Tensor?
  private var counts: Tensor?

  package init() {}

  /// Adds one step's values; the names must be those of the first step since the last reading.
  package mutating func add(_ terms: [(name: String, value: Tensor)]) {
    noGrad {
      let values = Tensor.stack(terms.map { $0.value.detached().to(.float32).reshaped([]) })
      let finite = values.isFinite()
      let usable = values.replacing(with: values.zerosLike(), where: finite.logicalNot())
      let counted = finite.to(.float32)
      if let sums, let counts, names == terms.map(\.name) {
        sums.addInPlace(usable)
        counts.addInPlace(counted)
      } else {
        names = terms.map(\.name)
        sums = usable
        counts = counted
      }
    }
  }

  /// The means since the last reading, which waits for the device; a mean of nothing is NaN.
  package mutating func read() -> [(name: String, value: Double)] {
    guard let sums, let counts else { return [] }
    defer {
      self.sums = nil
      self.counts = nil
    }
    let totals: [Double] = sums.array()
    let seen: [Double] = counts.array()
    return names.indices.map { (names[$0], seen[$0] > 0 ? totals[$0] / seen[$0] : .nan) }
  }
}
