package import Torch

/// Means of named scalars over the steps since they were last read.
///
/// The sums stay on the device, so that adding to them does not wait for it. Values that are not finite count for
/// nothing, and a name counts only the steps that gave it.
package struct MetricWindow {
  private struct Total {
    let name: String
    let sum: Tensor
    let count: Tensor
  }

  private var totals: [Total] = []

  package init() {}

  /// Adds one step's values.
  package mutating func add(_ terms: [(name: String, value: Tensor)]) {
    noGrad {
      for (name, term) in terms {
        let value = term.detached().to(.float32).reshaped([])
        let finite = value.isFinite()
        let usable = value.replacing(with: value.zerosLike(), where: finite.logicalNot())
        let counted = finite.to(.float32)
        if let total = totals.first(where: { $0.name == name }) {
          total.sum.addInPlace(usable)
          total.count.addInPlace(counted)
        } else {
          totals.append(Total(name: name, sum: usable, count: counted))
        }
      }
    }
  }

  /// The means since the last reading over all processes, which must have the same names; waits for the device. A mean of
  /// nothing is NaN.
  package mutating func read(_ processes: ProcessGroup) -> [(name: String, value: Double)] {
    guard !totals.isEmpty else { return [] }
    defer { totals = [] }
    let all = noGrad { Tensor.stack(totals.map(\.sum) + totals.map(\.count)) }
    processes.sumInPlace(all)
    let values: [Double] = all.array()
    let (sums, counts) = (values[..<totals.count], Array(values[totals.count...]))
    return totals.indices.map { (totals[$0].name, counts[$0] > 0 ? sums[$0] / counts[$0] : .nan) }
  }
}
