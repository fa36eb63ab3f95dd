import SelfSupervision
import Testing
import VisionModels

@Suite struct MatrixWorkTests {
  private let small = VisionTransformer.Config(.small)

  private func words(_ encoder: VisionTransformer.Config) -> PatchTokenizer.Specification {
    let config = PatchTokenizer.Config()
    return PatchTokenizer.Specification(
      config, patchSize: config.patchSize(encoderPatchSize: encoder.patchSize), grid: encoder.grid)
  }

  /// Table 1 of DeiT's paper and Table 6 of the vision transformer's give multiply-adds of an image of 224 pixels.
  @Test(arguments: [(VisionTransformer.Architecture.tiny, 1.3e9), (.small, 4.6e9), (.base, 17.6e9), (.large, 61.6e9)])
  func encodersTakeWhatIsPublished(_ architecture: VisionTransformer.Architecture, published: Double) {
    let work = VisionTransformer.Config(architecture).work(patches: 196)
    #expect(abs(work.forwardMultiplyAdds / published - 1) < 0.04)
  }

  /// `step_gflop` of Benchmarks/pytorch/splitmask_step.py for one image.
  @Test func splitMaskTakesWhatItsPeerCounts() throws {
    let tiny = VisionTransformer.Config(.tiny, imageSize: ImageSize(32), patchSize: 4)
    let config = SplitMask.Config()
    #expect(2 * (try config.work(encoder: small, tokenizer: words(small))).stepMultiplyAdds == 39_938_045_952)
    #expect(2 * (try config.work(encoder: tiny, tokenizer: words(tiny))).stepMultiplyAdds == 3_548_052_480)
  }

  @Test func hidingMoreTakesLess() throws {
    var config = SplitMask.Config()
    let half = try config.work(encoder: small, tokenizer: words(small))
    config.masking.ratio = 0.75
    let quarter = try config.work(encoder: small, tokenizer: words(small))
    #expect(quarter.ofPixels == half.ofPixels / 2 && quarter.fixed == half.fixed)
    #expect(quarter.trained < half.trained)
  }

  @Test func beitTakesWholeImagesAndTheWordsOfHiddenPatches() {
    let work = BEiT.Config().work(encoder: small, tokenizer: words(small))
    #expect(work.trained == small.work(patches: 196).trained + 75 * 384 * 8192)
    #expect(work.fixed == 196 * 192 * 8192)
  }

  @Test func maeTakesAQuarterInTheEncoder() {
    let work = MAE.Config().work(encoder: small)
    let decoder = MatrixWork.blocks(8, width: 384, mlpRatio: 4, tokens: 197)
    #expect(work.trained == small.work(patches: 49).trained + decoder + 50 * 384 * 384 + 147 * 384 * 768)
    #expect(work.ofPixels == 49 * 768 * 384)
  }

  @Test func dinosTeacherGoesForwardAlone() {
    var config = DINO.Config()
    (config.crops.localCount, config.outputDimension) = (0, 1024)
    let work = config.work(encoder: small)
    #expect(work.fixed == work.trained + work.ofPixels)
    config.crops.localCount = 8
    #expect(config.work(encoder: small).fixed == work.fixed)
    #expect(config.work(encoder: small).trained > 1.5 * work.trained)
  }

  @Test func dallesWordsTakeItsConvolutions() {
    var shape = DalleEncoder.Shape()
    (shape.width, shape.blocksPerGroup, shape.vocabulary) = (4, 1, 2)
    // By hand: the first layer and four groups of one block at 64, 16, 4 and 1 pixels a word, and the last layer.
    let blocks = [(4, 4, 64), (4, 8, 16), (8, 16, 4), (16, 32, 1)].map {
      (inputs: Int, outputs: Int, pixels: Int) -> Int in
      let inner = outputs / 4
      let path = 9 * inner * inputs + 2 * 9 * inner * inner + outputs * inner
      return pixels * (path + (inputs == outputs ? 0 : inputs * outputs))
    }
    let (first, last) = (64 * 49 * 3 * 4, 32 * 2)
    #expect(shape.multiplyAddsPerWord == Double(first + blocks.reduce(0, +) + last))
  }
}
