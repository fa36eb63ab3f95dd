import Classification
import ImageCoding
import SplitMaskCore
import Testing
import Torch

@Suite struct BatchMixingTests {
  @Test func batchesAndTargetsAreTimms() throws {
    let golden = try golden()
    let labels = try #require(golden["mixing/labels"])
    let mixing = BatchMixing()
    for (number, fact) in try GoldenFacts.read().mixing.enumerated() {
      let images = try #require(golden["mixing/images"]).cloned()
      let draw =
        fact.kind == "mixup"
        ? BatchMixing.Draw.mixup(share: fact.share)
        : BatchMixing.cut(share: fact.share, row: fact.row, column: fact.column, height: 7, width: 9)
      mixing.apply(draw, to: images)
      #expect(difference(images, golden["mixing/\(number)/images"]) < 1e-6, "case \(number)")
      let targets = mixing.targets(labels, classCount: 5, draw: draw)
      #expect(difference(targets, golden["mixing/\(number)/targets"]) < 1e-6, "case \(number)")
    }
    let unmixed = mixing.targets(labels, classCount: 5, draw: .none)
    #expect(difference(unmixed, golden["mixing/unmixed targets"]) < 1e-6)
  }

  @Test func aCutKeepsTheShareOfThePixelsOutside() throws {
    guard case .cutMix(let box, let share) = BatchMixing.cut(share: 0.6, row: 0, column: 31, height: 32, width: 32)
    else { return #expect(Bool(false)) }
    // √0.4 · 32 = 20.2: 20 rows about row 0 leave rows 0 ..< 10, 20 columns about column 31 leave 21 ..< 32.
    #expect(box == CropBox(left: 21, top: 0, width: 11, height: 10))
    #expect(share == 1 - 110.0 / 1024)
  }

  private func draws(_ config: BatchMixing.Config, count: Int) -> [BatchMixing.Draw] {
    (0..<count).map { step in
      var generator = SeededGenerator(seed: 1, index: step, purpose: .mixing)
      return BatchMixing(config).draw(height: 100, width: 100, using: &generator)
    }
  }

  @Test func drawsFollowTheLaw() {
    let draws = draws(.init(), count: 8000)
    let mixed = draws.compactMap { if case .mixup(let share) = $0 { share } else { nil } }
    let cut = draws.compactMap { if case .cutMix(let box, _) = $0 { box } else { nil } }
    #expect(abs(Double(mixed.count) / 8000 - 0.5) < 0.02)
    #expect(mixed.count + cut.count == 8000)
    // Beta(0.8, 0.8): mean 1/2, variance 1 / (4 · 2.6).
    let share = moments(mixed)
    #expect(abs(share.mean - 0.5) < 0.015)
    #expect(abs(share.deviation - (1 / 10.4).squareRoot()) < 0.01)
    #expect(mixed.contains { $0 < 0.02 } && mixed.contains { $0 > 0.98 })
    // Clipping leaves a box of side 100 √(1 - λ) about a uniform centre; the mean area over Beta(1, 1) is
    // E[(r - r²/4)²] with E[r²] = 1/2, E[r³] = 2/5, E[r⁴] = 1/3.
    let area = moments(cut.map { Double($0.width * $0.height) / 1e4 })
    #expect(abs(area.mean - (1.0 / 2 - 1.0 / 5 + 1.0 / 48)) < 0.015)
    #expect(cut.allSatisfy { $0.left >= 0 && $0.left + $0.width <= 100 && $0.top + $0.height <= 100 })
  }

  @Test func partsCanBeSwitchedOff() {
    var config = BatchMixing.Config()
    config.cutmixAlpha = 0
    #expect(draws(config, count: 50).allSatisfy { if case .mixup = $0 { true } else { false } })
    config = BatchMixing.Config()
    config.mixupAlpha = 0
    #expect(draws(config, count: 50).allSatisfy { if case .cutMix = $0 { true } else { false } })
    config = BatchMixing.Config()
    config.probability = 0.3
    #expect(abs(draws(config, count: 2000).count { $0 == .none } - 1400) < 90)
    #expect(draws(.smoothingOnly, count: 50).allSatisfy { $0 == .none })
  }

  @Test func settingsAreChecked() throws {
    try BatchMixing.Config().validate(batchSize: 64)
    try BatchMixing.Config.smoothingOnly.validate(batchSize: 63)
    let odd = #expect(throws: InvalidSetting.self) { try BatchMixing.Config().validate(batchSize: 63) }
    #expect(odd?.key == "training.batchSize")
    #expect(odd?.problem.contains("64") == true)
    let changes: [(String, (inout BatchMixing.Config) -> Void)] = [
      ("mixupAlpha", { $0.mixupAlpha = -1 }), ("cutmixAlpha", { $0.cutmixAlpha = .infinity }),
      ("switchProbability", { $0.switchProbability = 2 }), ("probability", { $0.probability = -0.1 }),
      ("smoothing", { $0.smoothing = 1 }),
    ]
    for (key, change) in changes {
      var config = BatchMixing.Config()
      change(&config)
      let error = #expect(throws: InvalidSetting.self) { try config.validate() }
      #expect(error?.key == "mixing." + key)
    }
  }
}
