import SplitMaskCore
import Testing
import Training

@Suite struct WrappingTests {
  @Test func linesBreakBetweenWordsAndKeepTheirIndentation() {
    #expect(
      HumanReadable.wrapped("  note: a sentence that is longer than the line", columns: 24) == """
          note: a sentence that
          is longer than the
          line
        """)
  }

  @Test func aPathStaysWhole() {
    let path = "/home/someone/pictures/of/cells/2024"
    let wrapped = HumanReadable.wrapped("skipped \(path): no image", columns: 20)
    #expect(wrapped == "skipped\n\(path):\nno image")
  }

  @Test func aValueContinuesUnderItsBeginning() {
    #expect(
      HumanReadable.wrapped("device  cpu, float32, 2 processes", columns: 22) == """
        device  cpu, float32,
                2 processes
        """)
  }

  @Test func commandsToCopyStayWhole() {
    let command = "    splitmask embed photos --from runs/first --out features.safetensors"
    #expect(HumanReadable.wrapped(command, columns: 30) == command)
  }

  @Test(arguments: ["", "short", "two\n\nlines", "  indented"])
  func whatFitsIsLeftAlone(text: String) { #expect(HumanReadable.wrapped(text, columns: 10) == text) }

  @Test func noLineIsWiderThanAskedFor() {
    let text = "  name    some words that say what it is, in a sentence of no great meaning but some length"
    for columns in 20...100 {
      for line in HumanReadable.wrapped(text, columns: columns).split(separator: "\n") {
        #expect(line.count <= columns)
      }
    }
  }
}

@Suite struct EpochLineTests {
  @Test func numbersHaveNames() {
    let metrics = StepMetrics(
      step: 30, epoch: 2, values: [.init("top1", 71.24), .init("top5", 95), .init("best_top1", 72)])
    #expect(
      "\(EpochLine(metrics, loss: 0.8296))"
        == "epoch 3: accuracy 71.2 %, top-5 accuracy 95.0 %, best accuracy so far 72.0 %, loss 0.830")
  }

  @Test func unknownNamesAreLegible() {
    let metrics = StepMetrics(step: 1, epoch: 0, values: [.init("some_new_number", 0.12345)])
    #expect("\(EpochLine(metrics))" == "epoch 1: some new number 0.1235")
  }
}
