import Comparisons
import Foundation

extension ComparisonReport {
  /// The smallest comparison with everything in it: two methods, two seeds, one evaluation.
  static func small() -> ComparisonReport {
    var report = ComparisonReport(
      facts: [Fact("Encoder", "vit-tiny, 32 pixels"), Fact("Training images", "/data/my_cats|dogs")],
      methods: ["random", "splitmask"], evaluations: ["probe"], labels: ["10%", "100%"])
    for (seed, scores) in [(0, [20.0, 30, 24, 50]), (1, [22.0, 31, 23, 52])] as [(UInt64, [Double])] {
      var random = Run(method: "random", seed: seed)
      random.scores = [
        Score(evaluation: "probe", labels: "10%", top1: scores[0], top5: 60, seconds: 5),
        Score(evaluation: "probe", labels: "100%", top1: scores[1], top5: 70, seconds: 15),
      ]
      var splitmask = Run(method: "splitmask", seed: seed)
      (splitmask.pretrainSeconds, splitmask.steps) = (3600 + 60 * Double(seed), 1200)
      splitmask.scores = [
        Score(evaluation: "probe", labels: "10%", top1: scores[2], top5: 60, seconds: 5),
        Score(evaluation: "probe", labels: "100%", top1: scores[3], top5: 80, seconds: 25),
      ]
      splitmask.curve = [
        Point(step: 10, loss: 9, probeAccuracy: nil), Point(step: 20, loss: 8, probeAccuracy: 0.25),
      ]
      report.runs += [random, splitmask]
    }
    return report
  }

  /// What a comparison of some size looks like: five methods, three seeds, two shares of the labels, three evaluations.
  static func realistic() -> ComparisonReport {
    let methods = ["random", "supervised", "beit", "dino", "splitmask"]
    var report = ComparisonReport(
      facts: [
        Fact("Encoder", "vit-tiny, depth 6, 32 pixels, patches of 4"),
        Fact("Pretraining images", "50,000 in data/train"),
        Fact("Test images", "10,000 in data/test, 10 classes"), Fact("Updates", "7,800 of 64 images"),
        Fact("Device", "cpu, float32"), Fact("Versions", "splitmask 0.1.0, libtorch 2.13.0"),
      ], methods: methods, evaluations: ["probe", "knn", "finetune"], labels: ["10%", "100%"])
    for (place, method) in methods.enumerated() {
      for seed in 0..<3 { report.runs.append(realisticRun(method, place: place, seed: seed)) }
    }
    return report
  }

  private static func realisticRun(_ method: String, place: Int, seed: Int) -> Run {
    let base = [33.2, 58.4, 41.7, 46.3, 45.9][place]
    var run = Run(method: method, seed: UInt64(seed))
    let wobble = [0.4, -0.7, 0.2][(seed + place) % 3] * (1 + Double(place) / 3)
    run.scores = [("probe", 0.0, 38.0), ("knn", place == 2 ? -13.4 : -5.1, 12), ("finetune", 6.5, 610)].flatMap { row in
      ["10%", "100%"].enumerated().map { share, labels in
        let top1 = base + row.1 + wobble + Double(share) * 9
        let seconds = row.2 * (1 + 2 * Double(share))
        return Score(evaluation: row.0, labels: labels, top1: top1, top5: min(99, top1 + 32), seconds: seconds)
      }
    }
    guard place > 0 else { return run }
    run.steps = 7800
    run.pretrainSeconds = [0, 3120, 3480, 9840, 4210][place] + 31 * Double(seed)
    for step in stride(from: 10, through: 7800, by: 10) {
      let (time, noise) = (Double(step) / 7800, sin(Double(step * (seed + 3)) * 0.71 + Double(place)))
      let loss = [0, 2.3, 7.6, 8.3, 9.1][place] * (0.55 + 0.45 * exp(-5 * time)) + 0.06 * noise
      let hasProbe = place != 1 && step % 100 == 0
      let accuracy = base / 100 * (1 - 0.6 * exp(-4 * time)) + 0.004 * noise
      run.curve.append(Point(step: step, loss: loss, probeAccuracy: hasProbe ? accuracy : nil))
    }
    guard place != 1 else { return run }
    run.picture = "runs/\(method)-seed-\(seed)/picture.png"
    run.pictureColumns =
      switch method {
      case "splitmask": ["the image", "what A saw", "what A inpainted", "what B saw", "what B inpainted"]
      case "beit": ["the image", "what the encoder saw", "what it inpainted"]
      default: []
      }
    return run
  }

  /// A picture of one pixel for every run that names one.
  var fixturePictures: [String: Data] {
    Dictionary(runs.compactMap { run in run.picture.map { ($0, Self.onePixel) } }, uniquingKeysWith: { $1 })
  }

  /// A PNG file of one pixel.
  static let onePixel =
    Data(
      base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    ) ?? Data()
}

extension TrialRecord.Score {
  /// Accuracies that must be there.
  var top1: Double { figures["top1"]! }
  var top5: Double { figures["top5"]! }
}
