import Foundation
import Testing
import Training

@Suite struct CurveReadingTests {
  /// A hundred logged steps whose numbers are functions of the share of the run that is done.
  private func reading(
    count: Int = 100, noise: Double = 0.02, _ curves: [String: (Double) -> Double]
  ) -> CurveReading {
    CurveReading(
      (0..<count).map { step in
        let share = Double(step) / Double(max(1, count - 1))
        // A fixed sequence that looks random: nothing may depend on the test's luck.
        let wobble = noise * sin(Double(step * step) * 1.7 + Double(step))
        return StepMetrics(
          step: step * 10, epoch: 0, values: curves.map { .init($0.key, $0.value(share) + wobble) })
      })
  }

  @Test func fallingToTheEndIsLearning() {
    let found = reading(["loss": { 9 - 3 * $0 }, "probe_accuracy": { 0.1 + 0.3 * $0 }])
    #expect(found.verdict == .learning)
    #expect(found.sentence.contains("still falling") && found.sentence.contains("went from 11 % to 38 %"), "\(found)")
  }

  @Test func anExponentialThatHasEndedIsConverged() {
    #expect(reading(["loss": { 5 + 4 * exp(-12 * $0) }]).verdict == .converged)
  }

  @Test func aFlatLossIsStalled() {
    let found = reading(["loss": { _ in 9.01 }])
    #expect(found.verdict == .stalled && found.sentence.contains("--learning-rate"), "\(found)")
  }

  @Test func noiseIsNoLearning() {
    #expect(reading(noise: 0.5, ["loss": { 9 - 0.2 * $0 }]).verdict == .stalled)
  }

  @Test func aRisingLossIsNamed() {
    #expect(reading(["loss": { 2 + $0 }]).verdict == .diverging)
  }

  @Test func descriptorsThatAreAlikeAreACollapse() {
    let found = reading(noise: 0.001, ["loss": { 9 - $0 }, "descriptor_std": { max(0.01, 1 - 3 * $0) }])
    #expect(found.verdict == .collapsed && found.sentence.contains("descriptors"), "\(found)")
    let dino = reading(
      noise: 0.001, ["loss": { 8 - $0 }, "teacher_entropy": { 8 - $0 }, "teacher_output_std": { _ in 0.02 }])
    #expect(dino.verdict == .collapsed && dino.sentence.contains("teacher's outputs"), "\(dino)")
  }

  @Test func oneInpaintedWordIsNamed() {
    let found = reading(
      noise: 0, ["loss": { 9 - 2 * $0 }, "predicted_perplexity": { _ in 1 }, "token_perplexity": { _ in 800 }])
    #expect(found.verdict == .stalled && found.sentence.contains("one and the same word"), "\(found)")
    let many = reading(
      noise: 0, ["loss": { 9 - 2 * $0 }, "predicted_perplexity": { 1 + 90 * $0 }, "token_perplexity": { _ in 800 }])
    #expect(many.verdict == .learning, "\(many)")
  }

  @Test func aTeachersLossIsNotTakenForLearning() {
    let rising: [String: (Double) -> Double] = [
      "loss": { 3 + $0 }, "teacher_entropy": { 3 + $0 }, "teacher_output_std": { _ in 0.9 },
    ]
    #expect(reading(rising).verdict == .unclear)
    #expect(reading(rising.merging(["probe_accuracy": { 0.1 + 0.4 * $0 }]) { $1 }).verdict == .learning)
  }

  @Test func aLossOfNothingIsNamed() {
    #expect(reading(noise: 0, ["loss": { _ in 0 }]).verdict == .trivial)
  }

  @Test func afewStepsTellNothing() {
    #expect(reading(count: 3, ["loss": { 9 - $0 }]).verdict == .unclear)
    #expect(CurveReading([]).verdict == .unclear)
  }
}
