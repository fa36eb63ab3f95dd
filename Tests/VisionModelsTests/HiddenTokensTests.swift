import Testing
import Torch
import VisionModels

@Suite struct HiddenTokensTests {
  @Test func givesTheTokensAfterEachBlockWithoutTheLastNormalisation() throws {
    var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(8), patchSize: 4)
    (config.width, config.depth, config.headCount) = (16, 3, 2)
    var generator = SystemRandomNumberGenerator()
    let encoder = try VisionTransformer(config, using: &generator)
    let patches = Tensor((0..<2 * 4 * 48).map { Float($0 % 13) / 13 }, shape: [2, 4, 48])
    noGrad {
      let all = encoder.hiddenTokens(patches, afterBlocks: [1, 2, 3])
      #expect(all.count == 3 && all.allSatisfy { $0.shape == [2, 5, 16] })
      var tokens = encoder.embed(PatchSequences(wholeImages: patches, prefixCount: 1))
      for (block, hidden) in zip(encoder.blocks, all) {
        tokens = block(tokens)
        #expect(hidden.hasSameValues(as: tokens))
      }
      #expect(encoder.norm(all[2]).hasSameValues(as: encoder(patches)))
      let some = encoder.hiddenTokens(patches, afterBlocks: [2])
      #expect(some.count == 1 && some[0].hasSameValues(as: all[1]))
    }
  }
}
