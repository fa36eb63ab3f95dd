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
    #expect(TokenStatistics(counts: [Int](repeating: 1, count: 33)).warning == nil)
    let warning = TokenStatistics(counts: [Int](repeating: 1, count: 31) + [0]).warning
    #expect(warning?.contains("perplexity 31.0 of 32 words, 3.2 % of the patches") == true)
    #expect(warning?.contains("--tokenizer k-means") == true)
  }

  @Test func nothingCountedIsNoWord() {
    let statistics = TokenStatistics(counts: [0, 0])
    #expect(statistics.perplexity == 1 && statistics.usedWords == 0 && statistics.topShare == 0)
  }
}
