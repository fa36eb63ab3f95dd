import Foundation
import Testing

@Suite struct BenchTests {
  @Test func resultIsOneObjectAndNothingIsWritten() throws {
    let bench = try Workbench()
    let before = try files(bench)
    let result = try bench.run(arguments(bench) + ["--json"])
    #expect(result.status == 0, "\(result)")
    let found = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any], "\(result)")
    #expect(
      Set(found.keys) == [
        "batches", "left_out", "loading", "matrix_gflops", "measured_on", "others_were_busy", "recommended",
      ])
    let batches = try #require(found["batches"] as? [[String: Any]])
    let omitted = try #require(found["left_out"] as? [[String: Any]])
    let sizes = batches.compactMap { $0["batch_size"] as? Int }
    #expect(sizes + omitted.compactMap { $0["batch_size"] as? Int } == [2, 4, 8], "\(result)")
    #expect(sizes.starts(with: [2, 4]), "the run's own size is always measured")
    for batch in batches {
      #expect(
        Set(batch.keys) == [
          "batch_size", "data_wait", "images_per_second", "mfu", "peak_memory", "run_seconds", "updates",
        ])
    }
    let loading = try #require(found["loading"] as? [[String: Any]])
    #expect(loading.allSatisfy { Set($0.keys) == ["images_per_second", "workers"] })
    let recommended = try #require(found["recommended"] as? [String: Any])
    #expect(Set(recommended.keys) == ["batch_size", "loader_is_the_limit", "run_seconds", "workers"])
    #expect(sizes.contains(try #require(recommended["batch_size"] as? Int)))
    let workers = try #require(recommended["workers"] as? Int)
    #expect(workers >= 1 && loading.contains { $0["workers"] as? Int == workers })
    #expect(try files(bench) == before)
  }

  @Test(arguments: ["splitmask", "beit", "dino", "mae", "supervised"])
  func everyMethodIsMeasured(_ method: String) throws {
    let bench = try Workbench()
    let result = try bench.run(
      arguments(bench, words: ["splitmask", "beit"].contains(method)) + ["--method", method])
    #expect(result.status == 0, "\(result)")
    #expect(result.output.contains("method       \(method)\n") && result.output.contains("recommended  --batch-size "))
  }

  @Test func howAnEncoderGoesOnIsSaid() throws {
    let bench = try Workbench()
    let start = try bench.run(bench.pretrain("data/train"))
    #expect(start.status == 0, "\(start)")
    let result = try bench.run([
      "bench", bench.path("data/train"), "--from", bench.path("run"), "--steps", "10", "--batch-size", "4", "--seconds",
      "0.01", "--device", "cpu",
    ])
    #expect(result.status == 0, "\(result)")
    #expect(result.output.contains("note: goes on from the encoder of "), "\(result)")
  }

  @Test func mistakesAreThoseOfPretrain() throws {
    let bench = try Workbench()
    let absent = try bench.run(arguments(bench, images: "absent"))
    #expect(absent.status == 65 && absent.errors.contains("No such file"), "\(absent)")
    let odd = try bench.run(arguments(bench) + ["--image-size", "18"])
    #expect(odd.status == 64 && odd.errors.contains("patches of 4 do not divide an image of 18"), "\(odd)")
    let hasty = try bench.run(arguments(bench) + ["--seconds", "0"])
    #expect(hasty.status == 64 && hasty.errors.contains("seconds: must be above 0"), "\(hasty)")
  }

  /// The options of a tiny run, which has no folder, for as short a time as there is.
  private func arguments(_ bench: Workbench, images: String = "data/train", words: Bool = true) -> [String] {
    var arguments = bench.pretrain(images)
    arguments[0] = "bench"
    arguments.removeSubrange(2...3)
    if !words, let place = arguments.firstIndex(of: "--vocabulary") { arguments.removeSubrange(place...place + 1) }
    return arguments + ["--seconds", "0.01"]
  }

  /// What lies in the folder, without what the test itself keeps there.
  private func files(_ bench: Workbench) throws -> Set<String> {
    Set(try FileManager.default.subpathsOfDirectory(atPath: bench.url.path).filter { !$0.hasPrefix(".") })
  }
}
