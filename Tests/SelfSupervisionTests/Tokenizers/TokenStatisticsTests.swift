import SelfSupervision
import Testing

@Suite struct TokenStatisticsTests {
  @Test func evenUseHasTheVocabularysPerplexity() {
    let statistics = TokenStatistics(counts: [Int](repeating: 3, count: 64))
    #expect(abs(statistics.perplexity - 64) < 1e-9)
    #expect(statistics.usedWords == 64 && statistics.tokenCount == 192 && statistics.topShare == 1.0 / 64)
    #expect(statistics.warning == nil)
  }

  @Test func unevenUseHasLess() {
    // exp(-(1/2 ln 1/2 + 2 · 1/4 ln 1/4)) = 2^1.5
    let statistics = TokenStatistics(counts: [2, 0, 1, 1])
    #expect(abs(statistics.perplexity - 2.8284271247) < 1e-9)
    #expect(statistics.usedWords == 3 && statistics.vocabulary == 4 && statistics.topShare == 0.5)
  }

  @Test func aPoorVocabularyIsWarnedOf() {
    let warning = uneven(used: 31, of: 8192).warning
    #expect(warning?.contains("perplexity 31.0 of 8192 words, 3.2 % of the patches") == true)
    #expect(warning?.contains("--tokenizer k-means") == true)
  }

  /// A quarter of the words, but 32 suffice.
  @Test(arguments: [(4, 1), (32, 8), (64, 16), (128, 32), (8192, 32)])
  func theLimitFollowsTheVocabulary(vocabulary: Int, enough: Int) {
    #expect(uneven(used: enough + 1, of: vocabulary).warning == nil)
    #expect((uneven(used: enough - 1, of: vocabulary).warning != nil) == (enough > 1))
  }

  /// Some words equally often, the others never.
  private func uneven(used: Int, of vocabulary: Int) -> TokenStatistics {
    TokenStatistics(counts: (0..<vocabulary).map { $0 < used ? 1 : 0 })
  }

  @Test func nothingCountedIsNoWord() {
    let statistics = TokenStatistics(counts: [0, 0])
    #expect(statistics.perplexity == 1 && statistics.usedWords == 0 && statistics.topShare == 0)
  }
}
