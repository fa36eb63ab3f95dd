#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How evenly words are used.
public struct TokenStatistics: Codable, Hashable, Sendable {
  /// Tokens counted.
  public let tokenCount: Int
  /// Words of the vocabulary.
  public let vocabulary: Int
  /// Words that occur.
  public let usedWords: Int
  /// eᴴ of the words' frequencies: as many equally frequent words would be as hard to guess.
  public let perplexity: Double
  /// The share of the most frequent word, 0 to 1.
  public let topShare: Double

  /// Below this perplexity the words tell patches apart too little to learn from: a quarter of the vocabulary, and never
  /// more than 32.
  ///
  /// A guess has the perplexity's logarithm to learn; a quarter is two bits less than the words could tell. The limit of 32,
  /// five bits, is for large vocabularies, of which most images use a small part.
  package var lowestUsefulPerplexity: Double { min(32, Double(vocabulary) / 4) }

  /// From how often each word occurs.
  public init(counts: [Int]) {
    let total = counts.reduce(0, +)
    let shares = counts.filter { $0 > 0 }.map { Double($0) / Double(max(1, total)) }
    tokenCount = total
    vocabulary = counts.count
    usedWords = shares.count
    perplexity = exp(-shares.reduce(0) { $0 + $1 * log($1) })
    topShare = shares.max() ?? 0
  }

  /// What to change where the words tell patches apart too little; nil where they do.
  public var warning: String? {
    guard perplexity < lowestUsefulPerplexity else { return nil }
    return """
      the visual words tell few patches apart: perplexity \(rounded(perplexity)) of \(vocabulary) words, \
      \(rounded(100 * topShare)) % of the patches are one word. Try --tokenizer k-means first; \
      where this comes again, --set tokenizer.centerPatches=true; where the images are nearly uniform, larger patches.
      """
  }

  private func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
