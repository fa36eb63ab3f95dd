import Foundation
import Testing
import Torch
import TorchNN

@Suite struct InfoNCETests {
  /// The loss by its formula, in float64, on rows.
  private func formula(
    _ a: [[Double]], _ b: [[Double]], temperature: Double, negatives: InfoNCE.Negatives, normalized: Bool
  ) -> Double {
    func unit(_ row: [Double]) -> [Double] {
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return normalized ? row.map { $0 / norm } : row
    }
    func weight(_ u: [Double], _ v: [Double]) -> Double { exp(zip(u, v).reduce(0) { $0 + $1.0 * $1.1 } / temperature) }
    let branches = (a.map(unit), b.map(unit))
    var total = 0.0
    for (own, other) in [branches, (branches.1, branches.0)] {
      for image in own.indices {
        let positive = weight(own[image], other[image])
        var all = positive
        for rival in own.indices where rival != image {
          all += weight(own[image], other[rival])
          if negatives == .bothBranches { all += weight(own[image], own[rival]) }
        }
        total -= log(positive / all) / Double(2 * own.count)
      }
    }
    return total
  }

  private func rows(_ tensor: Tensor) -> [[Double]] {
    tensor.unbound(0).map { $0.array(of: Double.self) }
  }

  @Test(arguments: [(InfoNCE.Negatives.bothBranches, "both"), (.oppositeBranch, "opposite")])
  func lossAndGradientsMatchTheReference(negatives: InfoNCE.Negatives, name: String) throws {
    let golden = try golden("layers/info_nce")
    let (a, b) = (golden["a"]!.to(.float32), golden["b"]!.to(.float32))
    for input in [a, b] { input.requiresGradient = true }
    let loss = InfoNCE.loss(a, b, negatives: negatives, processes: .alone)
    loss.backward()
    #expect(abs(loss.item() - golden["\(name).loss"]!.item()) < 1e-6)
    #expect(difference(a.gradient, golden["\(name).gradient_a"]) < 1e-6)
    #expect(difference(b.gradient, golden["\(name).gradient_b"]) < 1e-6)
  }

  @Test(arguments: InfoNCE.Negatives.allCases, [true, false])
  func gradientsAreTheFormulasSlopes(negatives: InfoNCE.Negatives, normalized: Bool) {
    var random = SplitMix64(state: 8)
    let (a, b) = (random.tensor([5, 4], .float32), random.tensor([5, 4], .float32))
    for input in [a, b] { input.requiresGradient = true }
    let loss = InfoNCE.loss(a, b, temperature: 0.3, negatives: negatives, normalized: normalized, processes: .alone)
    loss.backward()
    let (left, right) = (rows(a.detached()), rows(b.detached()))
    func value(_ left: [[Double]], _ right: [[Double]]) -> Double {
      formula(left, right, temperature: 0.3, negatives: negatives, normalized: normalized)
    }
    #expect(abs(loss.item() - value(left, right)) < 1e-5)
    let (slopesA, slopesB) = (rows(a.gradient!), rows(b.gradient!))
    for row in 0..<5 {
      for column in 0..<4 {
        var (up, down) = (left, left)
        up[row][column] += 1e-5
        down[row][column] -= 1e-5
        #expect(abs((value(up, right) - value(down, right)) / 2e-5 - slopesA[row][column]) < 1e-5)
        (up, down) = (right, right)
        up[row][column] += 1e-5
        down[row][column] -= 1e-5
        #expect(abs((value(left, up) - value(left, down)) / 2e-5 - slopesB[row][column]) < 1e-5)
      }
    }
  }

  @Test func descriptorsThatAreAllAlikeCostTheLogarithmOfTheirNumber() {
    let same = Tensor.ones([6, 3])
    // One positive among 2 · 5 negatives, or among 5.
    #expect(abs(InfoNCE.loss(same, same, processes: .alone).item() - log(11)) < 1e-5)
    #expect(abs(InfoNCE.loss(same, same, negatives: .oppositeBranch, processes: .alone).item() - log(6)) < 1e-5)
  }

  @Test func aBatchOfOneHasNothingToTellApart() {
    for negatives in InfoNCE.Negatives.allCases {
      #expect(
        abs(
          InfoNCE.loss(
            Tensor([Float(1), 2], shape: [1, 2]), Tensor.ones([1, 2]), negatives: negatives, processes: .alone
          ).item()) < 1e-6
      )
    }
  }
}
