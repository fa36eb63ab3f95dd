import Foundation
import ImageData
import SplitMaskCore
import TestSupport
import Testing

@Suite struct LabelAmountTests {
  @Test func sharesAndNumbersAreRead() throws {
    #expect(try LabelAmount("1%") == .fraction(0.01))
    #expect(try LabelAmount(" 0.5 % ") == .fraction(0.005))
    #expect(try LabelAmount("100%") == .fraction(1))
    #expect(try LabelAmount("2000") == .total(2000))
    for text in ["", "0", "-3", "0%", "101%", "ten", "1.5", "%", "nan%"] {
      let error = #expect(throws: InvalidSetting.self) { try LabelAmount(text) }
      #expect(error?.key == "labels")
    }
    let amounts = [LabelAmount.fraction(0.01), .total(12)]
    let data = try JSONEncoder().encode(amounts)
    #expect(String(decoding: data, as: UTF8.self) == #"["1%","12"]"#)
    #expect(try JSONDecoder().decode([LabelAmount].self, from: data) == amounts)
    #expect(try JSONDecoder().decode([LabelAmount].self, from: Data("[12]".utf8)) == [.total(12)])
  }

  /// 40 images of class a, 10 of b, 1 of c, in mixed order.
  private func dataset(_ folder: TemporaryFolder) throws -> ImageDataset {
    let names = (0..<51).map { $0 == 7 ? "c" : $0 % 5 == 4 ? "b" : "a" }
    let lines = names.enumerated().map { "\($0).jpg\t\($1)" }
    try folder.write(lines.joined(separator: "\n"), to: "list.txt")
    return try folder.labelled("list.txt")
  }

  private func counts(_ dataset: ImageDataset) -> [Int] {
    let labels = (0..<dataset.count).map { dataset.label(of: $0)! }
    return (0..<3).map { label in labels.count { $0 == Int32(label) } }
  }

  private func names(_ dataset: ImageDataset) -> [String] { (0..<dataset.count).map { dataset.name(of: $0) } }

  @Test func everyClassKeepsItsShareAndAtLeastOneImage() throws {
    let folder = try TemporaryFolder()
    let all = try dataset(folder)
    #expect(counts(all) == [40, 10, 1])
    #expect(counts(try all.balancedSubset(.fraction(0.1), seed: 1)) == [4, 1, 1])
    #expect(counts(try all.balancedSubset(.fraction(0.01), seed: 1)) == [1, 1, 1])
    #expect(counts(try all.balancedSubset(.fraction(1), seed: 1)) == [40, 10, 1])
    #expect(counts(try all.balancedSubset(.total(13), seed: 1)) == [6, 6, 1])
    #expect(counts(try all.balancedSubset(.total(30), seed: 1)) == [19, 10, 1])
    #expect(counts(try all.balancedSubset(.total(3), seed: 1)) == [1, 1, 1])
    #expect(counts(try all.balancedSubset(perClass: 5, seed: 1)) == [5, 5, 1])
  }

  @Test func theSeedDecidesAndSmallerPartsLieInLargerOnes() throws {
    let folder = try TemporaryFolder()
    let all = try dataset(folder)
    let part = names(try all.balancedSubset(.fraction(0.2), seed: 1))
    #expect(part == names(try all.balancedSubset(.fraction(0.2), seed: 1)))
    #expect(part != names(try all.balancedSubset(.fraction(0.2), seed: 2)))
    let smaller = names(try all.balancedSubset(.fraction(0.1), seed: 1))
    #expect(Set(smaller).isStrictSubset(of: Set(part)))
    let order = names(all)
    #expect(part == order.filter { Set(part).contains($0) }, "in the data set's own order")
  }

  @Test func impossiblePartsAreRefused() throws {
    let folder = try TemporaryFolder()
    let all = try dataset(folder)
    for amount in [LabelAmount.total(2), .total(52)] {
      let error = #expect(throws: InvalidSetting.self) { try all.balancedSubset(amount, seed: 1) }
      #expect(error?.key == "labels")
    }
    #expect(throws: InvalidSetting.self) { try all.balancedSubset(perClass: 0, seed: 1) }
    let plain = try ImageDataset(paths: [folder.path("list.txt")])
    #expect(throws: InvalidSetting.self) { try plain.balancedSubset(.total(plain.count + 1), seed: 1) }
  }

  @Test func imagesWithoutClassesAreAsOfOne() throws {
    let folder = try TemporaryFolder()
    _ = try dataset(folder)
    let plain = try ImageDataset(paths: [folder.path("list.txt")])
    #expect(plain.classNames.isEmpty)
    let part = try plain.balancedSubset(.total(5), seed: 1)
    #expect(part.count == 5 && Set(names(part)).isSubset(of: names(plain)))
    #expect(Set(names(part)).isSubset(of: names(try plain.balancedSubset(.total(9), seed: 1))))
  }
}
