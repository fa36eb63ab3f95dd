import TestSupport
import Testing
import TorchNN
import VisionModels

@Suite struct ParameterCountTests {
  private func check(_ change: (inout VisionTransformer.Config) -> Void) throws {
    var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(32), patchSize: 8)
    (config.width, config.depth, config.headCount) = (24, 3, 2)
    change(&config)
    var random = SplitMix64(state: 1)
    #expect(try VisionTransformer(config, using: &random).parameterCount == config.parameterCount)
  }

  @Test func countsWhatIsBuilt() throws {
    try check { _ in }
    try check { ($0.classToken, $0.mlpRatio) = (false, 2) }
    try check { ($0.keyBias, $0.layerScale, $0.relativePositionBias) = (false, 0.1, .shared) }
    try check { ($0.absolutePositions, $0.relativePositionBias) = (false, .perBlock) }
  }

  @Test func namedShapesHaveTheirPublishedCounts() {
    #expect(VisionTransformer.Config(.small).parameterCount == 21_665_664)
    #expect(VisionTransformer.Config(.base).parameterCount == 85_798_656)
  }
}
