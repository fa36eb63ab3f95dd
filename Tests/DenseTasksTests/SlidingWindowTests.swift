import DenseTasks
import Testing
import Torch
import VisionModels

@Suite struct SlidingWindowTests {
  private func network() throws -> UPerNet {
    var config = UPerNet.Config()
    (config.classCount, config.channels, config.auxiliaryChannels) = (3, 8, 8)
    var generator = SplitMix64(state: 3)
    return try UPerNet(smallEncoder(size: ImageSize(64)), config: config, using: &generator)
  }

  private func image(_ height: Int, _ width: Int) -> Tensor {
    var random = SplitMix64(state: 8)
    return random.bytes([1, height, width, 3])
  }

  private func window(_ side: Int?, stride: Int = 21, batchSize: Int = 4) throws -> SlidingWindow {
    SlidingWindow(
      network: try network(), normalization: .imageNet, side: side, stride: stride, batchSize: batchSize)
  }

  @Test func anImageNoLargerThanAWindowIsSeenWhole() throws {
    let image = image(40, 60)
    let whole = try window(nil).scores(image)
    #expect(whole.shape == [1, 3, 40, 60])
    #expect(difference(try window(64).scores(image), whole) == 0)
  }

  @Test func windowsCoverEveryPixelAndAreAveraged() throws {
    let image = image(64, 100)
    let scores = try window(64, stride: 30).scores(image)
    let starts = [0, 30, 36]
    let whole = try window(nil)
    let sum = Tensor.zeros([1, 3, 64, 100])
    let count = Tensor.zeros([1, 1, 64, 100])
    for start in starts {
      let part = whole.scores(image.narrowed(2, start: start, count: 64))
      sum.narrowed(3, start: start, count: 64).addInPlace(part)
      count.narrowed(3, start: start, count: 64).addInPlace(Tensor.ones([1, 1, 64, 64]))
    }
    #expect(difference(scores, sum / count) < 1e-5)
    #expect(difference(try window(64, stride: 30, batchSize: 1).scores(image), scores) < 1e-5)
  }
}
