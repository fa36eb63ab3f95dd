import Testing
import Torch
import Training

@Suite struct MetricWindowTests {
  private func value(_ number: Float) -> Tensor { Tensor([number], shape: []) }

  @Test func meansIgnoreWhatIsNotFinite() {
    var window = MetricWindow()
    window.add([("loss", value(1)), ("accuracy", value(.nan))])
    window.add([("loss", value(.nan)), ("accuracy", value(.infinity))])
    window.add([("loss", value(4)), ("accuracy", value(-.infinity))])
    let means = window.read(.alone)
    #expect(means.map(\.name) == ["loss", "accuracy"])
    #expect(means[0].value == 2.5)
    #expect(means[1].value.isNaN, "a mean of nothing")
  }

  @Test func readingBeginsAnew() {
    var window = MetricWindow()
    #expect(window.read(.alone).isEmpty)
    window.add([("loss", value(8))])
    #expect(window.read(.alone).map(\.value) == [8])
    #expect(window.read(.alone).isEmpty)
    window.add([("loss", value(2))])
    #expect(window.read(.alone).map(\.value) == [2])
  }
}
