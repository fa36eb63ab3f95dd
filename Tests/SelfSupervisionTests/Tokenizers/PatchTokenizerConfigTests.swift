import SelfSupervision
import SplitMaskCore
import Testing

@Suite struct PatchTokenizerConfigTests {
  @Test func theDefaultIsThePapers() throws {
    let config = PatchTokenizer.Config()
    #expect(config.kind == .randomProjection && config.vocabulary == 8192 && config.distribution == .uniform)
    #expect(config.samples == 3_000_000 && !config.centerPatches)
    #expect(PatchTokenizer.Specification(config, patchSize: 8).dimension == 192)
    try config.validate(encoderPatchSize: 16)
  }

  @Test func patchesOf16AreSeenAtHalfTheSize() {
    var config = PatchTokenizer.Config()
    #expect([4, 8, 14, 16, 17, 32].map(config.patchSize(encoderPatchSize:)) == [4, 8, 14, 8, 17, 16])
    config.view = .full
    #expect(config.patchSize(encoderPatchSize: 16) == 16)
    config.view = .half
    #expect(config.patchSize(encoderPatchSize: 4) == 2)
  }

  @Test func unusableValuesAreRefused() {
    func key(_ change: (inout PatchTokenizer.Config) -> Void) -> String? {
      var config = PatchTokenizer.Config()
      change(&config)
      return #expect(throws: InvalidSetting.self) { try config.validate(encoderPatchSize: 7) }?.key
    }
    #expect(key { $0.vocabulary = 1 } == "tokenizer.vocabulary")
    #expect(key { $0.view = .half } == "tokenizer.view")
    #expect(key { ($0.kind, $0.iterations) = (.kMeans, 0) } == "tokenizer.iterations")
    #expect(key { ($0.kind, $0.samples) = (.kMeans, 100) } == "tokenizer.samples")
  }
}
