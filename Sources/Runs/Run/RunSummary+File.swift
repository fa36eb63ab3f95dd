package import Foundation
import Training

extension RunSummary {
  /// The run that a file of weights is of, in its folder or in one of its checkpoints; nil where it is of none.
  package init?(ofFile url: URL) {
    let folder = url.deletingLastPathComponent()
    let above = folder.deletingLastPathComponent().deletingLastPathComponent()
    guard
      let run = RunSummary(of: folder) ?? (folder.lastPathComponent.hasPrefix("step-") ? RunSummary(of: above) : nil)
    else { return nil }
    self = run
  }

  /// Training images, as it was planned; nil where no plan is there.
  package var imageCount: Int? {
    let plan = RunFolder(at: URL(fileURLWithPath: path)).plan
    return (try? Data(contentsOf: plan)).flatMap { try? JSONDecoder().decode(TrainingPlan.self, from: $0) }?.images
  }
}
