import Comparisons
import Foundation
import Testing

@Suite struct ComparisonReportMarkdownTests {
  @Test func smallReportIsThisText() throws {
    let markdown = ComparisonReport.small().markdown
    let reading = try #require(markdown.range(of: "## How to read this"))
    #expect(String(markdown[..<reading.lowerBound]) == Self.small)
  }

  @Test func namesCannotBecomeMarkup() {
    var report = ComparisonReport.small()
    report.facts = [.init("a|b", "x_y _z_ <i> & `c`\nd")]
    report.methods.append("be`it|*")
    let markdown = report.markdown
    #expect(markdown.contains(#"| a\|b | x_y \_z\_ \<i\> \& \`c\` d |"#))
    #expect(markdown.contains(#"| be\`it\|\* | – | – |"#))
  }

  @Test func saysWhatIsMissing() {
    var report = ComparisonReport.small()
    report.runs.removeAll { $0.method == "splitmask" && $0.seed == 1 }
    #expect(report.markdown.contains("24.0 (n = 1)"))
    report.runs.removeAll { $0.method == "random" }
    #expect(report.markdown.contains("Nothing was measured of `random`"))
    report.runs = []
    #expect(report.markdown.contains("Nothing has been measured yet."))
    #expect(report.markdown.contains("| splitmask | – | – | – | – |"))
  }

  @Test func namesTheBestWithoutLabels() {
    let answer =
      "* Linear probe, 10% of the labels: `supervised` is best with 58.4 ± 0.8, 25.2 points above `random`; "
      + "without labels, `dino` with 46.2 ± 1.2, 13.1 points above `random`.\n"
    #expect(ComparisonReport.realistic().markdown.contains(answer))
  }

  @Test func namesWhatIsNotBetterThanRandom() {
    let note = "With 10% of the labels, not better than `random` by more than both deviations together: `beit`.\n"
    #expect(ComparisonReport.realistic().markdown.contains(note))
  }

  private static let small = """
    # Comparison of pretraining methods

    |  |  |
    | --- | --- |
    | Encoder | vit-tiny, 32 pixels |
    | Training images | /data/my_cats\\|dogs |

    ## In short

    * Linear probe, 10% of the labels: `splitmask` is best with 23.5 ± 0.7, 2.5 points above `random`.
    * Linear probe, all labels: `splitmask` is best with 51.0 ± 1.4, 20.5 points above `random`.
    * Linear probe: the best of random weights, 30.5, is reached with all labels by `splitmask`.

    ## Linear probe

    Top-1 accuracy on the test images in percent; mean ± sample standard deviation over n = 2 seeds. The best mean is bold.

    | method | 10% of the labels | all labels |
    | --- | ---: | ---: |
    | random | 21.0 ± 1.4 | 30.5 ± 0.7 |
    | splitmask | **23.5 ± 0.7** | **51.0 ± 1.4** |

    Every pretrained method beats `random` by more than both deviations together.

    ## Time

    Of one run, mean over the seeds. All 4 runs together took 2h 02m.

    | method | updates | pretraining | Linear probe | together |
    | --- | ---: | ---: | ---: | ---: |
    | random | – | – | 20s | 20s |
    | splitmask | 1,200 | 1h 00m ± 42s | 30s | 1h 01m |


    """
}
