import Testing
import Torch
import TorchNN
import TorchOptim

private final class Pair: Module {
  let first: Parameter
  let second: Parameter

  init(_ first: [Float], _ second: Float) {
    self.first = Parameter(Tensor(first))
    self.second = Parameter(Tensor(scalar: second))
  }
}

@Suite struct ExponentialMovingAverageTests {
  private let source = Pair([3, -1], 10)
  private let average = Pair([1, 1], 2)

  private func values(_ module: Pair) -> [Float] { module.first.value.array() + module.second.value.array() }

  @Test(arguments: [false, true]) func movesByTheRest(givesSkip: Bool) {
    let follower = ExponentialMovingAverage(of: source, in: average)
    follower.update(momentum: 0.75, skip: givesSkip ? Tensor.zeros([]) : nil)
    #expect(values(average) == [1.5, 0.5, 4])
    follower.update(momentum: 0.5, skip: givesSkip ? Tensor.zeros([]) : nil)
    #expect(values(average) == [2.25, -0.25, 7])
    #expect(values(source) == [3, -1, 10])
  }

  @Test func anUpdateThatWasLeftOutChangesNothing() {
    ExponentialMovingAverage(of: source, in: average).update(momentum: 0.75, skip: Tensor.ones([]))
    #expect(values(average) == [1, 1, 2])
  }

  @Test func aCopyHasItsOwnMemory() {
    ExponentialMovingAverage(of: source, in: average).copy()
    #expect(values(average) == [3, -1, 10])
    source.first.assign(Tensor([Float(7), 7]))
    #expect(values(average) == [3, -1, 10])
  }
}
