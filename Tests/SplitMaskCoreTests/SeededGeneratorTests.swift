import Foundation
import SplitMaskCore
import TestSupport
import Testing

@Suite struct SeededGeneratorTests {
  @Test func sequencesAreThoseOfTheirAuthors() throws {
    let goldens = try ImageGoldens()
    let cases = goldens.names("generator")
    #expect(cases.count == 3)
    for parts in cases {
      let numbers = parts[0].split(separator: ",").map { UInt64($0)! }
      var generator = SeededGenerator(
        seed: numbers[0], epoch: Int(numbers[1]), index: Int(numbers[2]), purpose: .init(rawValue: numbers[3])!)
      let expected = try goldens.words("generator/\(parts[0])")
      #expect((0..<5).map { _ in generator.next() } == expected)
    }
  }

  @Test func everyPartOfTheKeyMatters() {
    func first(_ seed: UInt64, _ epoch: Int, _ index: Int, _ purpose: SeededGenerator.Purpose) -> UInt64 {
      var generator = SeededGenerator(seed: seed, epoch: epoch, index: index, purpose: purpose)
      return generator.next()
    }
    let values = [
      first(0, 0, 0, .mask), first(1, 0, 0, .mask), first(0, 1, 0, .mask), first(0, 0, 1, .mask),
      first(0, 0, 0, .augmentation), first(0, -1, 0, .mask), first(0, 0, 2, .mask),
    ]
    #expect(Set(values).count == values.count)
    #expect(first(4, 5, 6, .order) == first(4, 5, 6, .order))
  }

  @Test func distributionsAreRight() {
    var generator = SeededGenerator(seed: 2, purpose: .mask)
    let count = 20_000
    let uniform = (0..<count).map { _ in generator.uniform(in: -1...3) }
    #expect(uniform.allSatisfy { (-1...3).contains($0) })
    #expect(abs(uniform.reduce(0, +) / Double(count) - 1) < 0.04)
    let normal = (0..<count).map { _ in generator.normal() }
    #expect(abs(normal.reduce(0, +) / Double(count)) < 0.04)
    #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / Double(count) - 1) < 0.06)
    var dice = [Int](repeating: 0, count: 6)
    for _ in 0..<count { dice[generator.integer(in: 10...15) - 10] += 1 }
    #expect(dice.allSatisfy { abs($0 - count / 6) < 250 })
    #expect(generator.integer(in: 7...7) == 7)
    #expect((0..<count).filter { _ in generator.bool(probability: 0.3) }.count - 6000 < 300)
    #expect(generator.permutation(count: 50).sorted() == Array(0..<50))
  }
}
