import Foundation
import Testing

/// A dry run refuses what the run would refuse, and says what it would take.
@Suite struct DryRunTests {
  private func compare(_ bench: Workbench, _ more: String...) -> [String] {
    let shape = ["model.width=32", "model.depth=2", "model.headCount=2"].flatMap { ["--set", $0] }
    let tuning = ["training.steps=2", "training.batchSize=4", "data.workers=1"].flatMap { ["--finetune-set", $0] }
    return [
      "compare", bench.path("data/train"), bench.path("data/val"), "--out", bench.path("comparison"), "--methods",
      "random,splitmask", "--seeds", "1", "--device", "cpu", "--workers", "1", "--model", "vit-tiny", "--image-size",
      "16",
      "--patch-size", "4", "--batch-size", "4", "--steps", "2", "--set", "tokenizer.vocabulary=64",
    ] + shape + tuning + more
  }

  @Test func folderThatHoldsARunIsRefusedBeforeThePlan() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain()).status == 0)
    for more in [[], ["--dry-run"]] {
      let again = try bench.run(bench.pretrain() + more)
      #expect(again.status == 64 && again.errors.contains("holds a run already"), "\(again)")
      #expect(!(again.output + again.errors).contains("learning rate"), "no plan: \(again)")
    }
    let nowhere = try bench.run(["pretrain", "--out", bench.path("none"), "--resume", "--dry-run"])
    #expect(nowhere.status == 64 && nowhere.errors.contains("holds no run to resume"), "\(nowhere)")
    #expect(!bench.exists("none"), "a dry run makes no folder")
  }

  @Test func changesThatAResumeWouldRefuseAreRefused() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain()).status == 0)
    let changed = bench.pretrain(steps: 9, "--resume", "--dry-run")
    let refused = try bench.run(changed)
    #expect(refused.status == 64 && refused.errors.contains("training.steps"), "\(refused)")
    let allowed = try bench.run(changed + ["--allow-change"])
    #expect(allowed.status == 0 && allowed.output.contains("9, "), "\(allowed)")
    #expect(try bench.run(bench.pretrain(steps: 2, "--resume", "--dry-run")).status == 0)
  }

  @Test func comparisonSaysWhatAllOfItTakes() throws {
    let bench = try Workbench()
    let planned = try bench.run(compare(bench, "--dry-run"))
    #expect(planned.status == 0, "\(planned)")
    for part in [
      "random: fresh weights", "splitmask: 2 steps of 4 images, about ", "fine-tuning, all labels: 2 steps of 4 images",
      "2 encoders (1 seed each), judged by probe, knn, finetune", "time    about ", "memory  about ", "disk    about ",
    ] { #expect(planned.output.contains(part), "\(part): \(planned)") }
    #expect(planned.output.contains("smaller --evaluate probe,knn, about "), "\(planned)")
    #expect(!bench.exists("comparison"))
    let made = try bench.run(compare(bench))
    #expect(made.status == 0, "\(made)")
    #expect(made.output.contains("linear probe") && made.output.contains(" is best with "), "\(made)")
    #expect(!made.output.contains("How to read this"), "that is in comparison.md")
    #expect(try bench.text("comparison/comparison.md").contains("How to read this"))
    let done = try bench.run(compare(bench, "--dry-run"))
    #expect(done.output.contains("2 of them are done") && !done.output.contains("disk "), "\(done)")
    let other = try bench.run(compare(bench, "--dry-run", "--labels", "50%"))
    #expect(other.status == 64 && other.errors.contains("labels"), "\(other)")
    // Several seeds are the same comparison, longer.
    let more = try bench.run(compare(bench, "--dry-run", "--seeds", "2", "--json"))
    let json = try #require(try JSONSerialization.jsonObject(with: Data(more.output.utf8)) as? [String: Any])
    #expect(json["done"] as? Int == 2 && (json["seconds"] as? Double ?? 0) > 0, "\(more)")
  }

  @Test func partsOfADataSetAreNotTakenForClassesInSilence() throws {
    let bench = try Workbench()
    let both = try bench.run(bench.pretrain("data", "--dry-run"))
    #expect(both.output.contains("the folders train and val are taken for classes"), "\(both)")
    #expect(!both.output.contains("linear probe of the 2 classes"), "\(both)")
    #expect(!(try bench.run(bench.pretrain("data/train", "--dry-run"))).output.contains("are taken for classes"))
  }

  @Test func aPartOfImagesWithoutClassesCanBeUsed() throws {
    let bench = try Workbench(images: 0)
    for number in 0..<12 { try bench.write(try picture(number, width: 20, height: 20), to: "photos/\(number).png") }
    let planned = try bench.run(bench.pretrain("photos", "--dry-run", "--json", "--set", "data.subset=50%"))
    let json = try #require(try JSONSerialization.jsonObject(with: Data(planned.output.utf8)) as? [String: Any])
    #expect(json["images"] as? Int == 6, "\(planned)")
    let many = try bench.run(bench.pretrain("photos", "--dry-run", "--set", "data.subset=13"))
    #expect(many.status == 64 && many.errors.contains("there are only 12"), "\(many)")
  }

  @Test func aCompleteRunStillHasItsResult() throws {
    let bench = try Workbench()
    let command =
      ["finetune", bench.path("data/train"), bench.path("data/val"), "--from", "random", "--out", bench.path("tuned")]
      + [
        "--device", "cpu", "--workers", "1", "--model", "vit-tiny", "--image-size", "16", "--patch-size", "4",
        "--batch-size", "4", "--steps", "2", "--set", "model.width=32", "--set", "model.depth=2", "--set",
        "model.headCount=2", "--json",
      ]
    let first = try bench.run(command)
    let again = try bench.run(["finetune", "--out", bench.path("tuned"), "--resume", "--json"])
    #expect(first.status == 0 && again.status == 0, "\(first)\n\(again)")
    func top1(_ text: String) throws -> Double? {
      (try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])?["top1"] as? Double
    }
    #expect(try top1(again.output) != nil && top1(again.output) == top1(first.output), "\(again)")
  }
}
