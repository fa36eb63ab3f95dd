import Foundation
import Testing
import Torch

/// One thing that a user can get wrong, and what the program must say.
private struct BadInput: CustomTestStringConvertible, Sendable {
  let name: String
  let status: Int32
  let tells: [String]
  let arguments: @Sendable (Workbench) throws -> [String]

  init(
    _ name: String, _ status: Int32, _ tells: String..., arguments: @escaping @Sendable (Workbench) throws -> [String]
  ) {
    self.name = name
    self.status = status
    self.tells = tells
    self.arguments = arguments
  }

  var testDescription: String { name }
}

private let settings = [
  BadInput("image smaller than a patch", 64, "model.patchSize", "patches of 4", "2") {
    $0.pretrain("data/train", out: "run", steps: 2, "--image-size", "2")
  },
  BadInput("patch that does not divide the image", 64, "patches of 4 do not divide an image of 18", "20") {
    $0.pretrain("data/train", out: "run", steps: 2, "--image-size", "18")
  },
  BadInput("unknown key", 64, "modle", "model") {
    $0.pretrain("data/train", out: "run", steps: 2, "--set", "modle.depth=3")
  },
  BadInput("unknown nested key", 64, "dept", "model.depth") {
    $0.pretrain("data/train", out: "run", steps: 2, "--set", "model.dept=3")
  },
  BadInput("unknown flag", 64, "--batchsize", "--batch-size") {
    $0.pretrain("data/train", out: "run", steps: 2, "--batchsize", "4")
  },
  BadInput("unknown model", 64, "vit-tinny", "vit-tiny") {
    $0.pretrain("data/train", out: "run", steps: 2, "--model", "vit-tinny")
  },
  BadInput("unknown tokenizer", 64, "kmeans", "k-means") {
    $0.pretrain("data/train", out: "run", steps: 2, "--tokenizer", "kmeans")
  },
  BadInput("unknown command", 64, "pretrian") { _ in ["pretrian"] },
  BadInput("unknown data set", 64, "food101", "food-101") { ["data", "fetch", "food101", "--out", $0.path("food")] },
  BadInput("data set that is not open", 65, "stanford-cars", "devkit") {
    ["data", "fetch", "stanford-cars", "--out", $0.path("cars")]
  },
  BadInput("unknown recipe", 64, "tabel-6", "did you mean 'table-6'?") { _ in ["recipes", "show", "tabel-6"] },
  BadInput("unknown scale", 64, "smal", "did you mean 'small'?") {
    ["recipes", "run", "table-6", "--scale", "smal", "--out", $0.path("run")]
  },
  BadInput("recipe without its images", 64, "CIFAR-10's train images", "splitmask data fetch cifar-10") {
    ["recipes", "run", "table-6", "--scale", "small", "--out", $0.path("run"), "--data-root", $0.path("data")]
  },
  BadInput("recipe in a folder of something else", 64, "out:", "holds something else already", "annotations") {
    ["recipes", "run", "table-3", "--scale", "debug", "--out", $0.path("data")]
  },
  BadInput("more neighbours than images", 65, "200", "20 training images", "--k 20") {
    ["knn", $0.path("data/train"), $0.path("data/val"), "--from", "random", "--image-size", "16", "--k", "10,200"]
  },
  BadInput("neighbours that are no numbers", 64, "10;20") {
    ["knn", $0.path("data/train"), $0.path("data/val"), "--from", "random", "--image-size", "16", "--k", "10;20"]
  },
  BadInput("epochs of a probe without epochs", 64, "epochs", "simple") {
    ["probe", $0.path("data/train"), $0.path("data/val"), "--from", "random", "--image-size", "16", "--epochs", "3"]
  },
  BadInput("features of a protocol that has its own", 64, "features", "beit") {
    [
      "probe", $0.path("data/train"), $0.path("data/val"), "--from", "random", "--image-size", "16", "--protocol",
      "beit", "--features", "mean",
    ]
  },
  BadInput("batch of none", 64, "training.batchSize", "at least 1, not 0") {
    $0.pretrain("data/train", out: "run", steps: 2, "--batch-size", "0")
  },
  BadInput("negative rate", 64, "training.learningRate", "-0.1") {
    $0.pretrain("data/train", out: "run", steps: 2, "--learning-rate=-0.1")
  },
  BadInput("ratio above 1", 64, "splitmask.masking.ratio", "1.5") {
    $0.pretrain("data/train", out: "run", steps: 2, "--set", "splitmask.masking.ratio=1.5")
  },
  BadInput("ratio of 0", 64, "splitmask.masking.ratio", "0.0") {
    $0.pretrain("data/train", out: "run", steps: 2, "--set", "splitmask.masking.ratio=0")
  },
  BadInput("ragged uniform masks", 64, "splitmask.masking.exact", "block masks") {
    $0.pretrain(
      "data/train", out: "run", steps: 2, "--set", "splitmask.masking.exact=false", "--set", "regime=small-data")
  },
  BadInput("complement of block masks", 64, "splitmask.masking.complement", "uniform masks") {
    $0.pretrain(
      "data/train", out: "run", steps: 2, "--set", "splitmask.masking.complement=true", "--set", "regime=standard")
  },
  BadInput("3-Augment with other changes", 64, "augmentation.threeAugment", "blurProbability") {
    $0.pretrain(
      "data/train", out: "run", steps: 2, "--set", "augmentation.threeAugment=true", "--set",
      "augmentation.blurProbability=0.5")
  },
  BadInput("branches that overlap", 64, "masking.ratio", "at least 0.5") {
    $0.pretrain("data/train", out: "run", steps: 2, "--set", "splitmask.masking.ratio=0.3")
  },
  BadInput("batch larger than the data set", 64, "training.batchSize", "larger than the data set of 20 images") {
    $0.pretrain("data/train", out: "run", steps: 2, "--batch-size", "21")
  },
  BadInput("accumulation larger than the epoch", 64, "training.accumulate", "only 5") {
    $0.pretrain("data/train", out: "run", steps: 2, "--accumulate", "6")
  },
  BadInput("nothing to resume", 64, "no run to resume") { $0.pretrain("data/train", out: "run", steps: 2, "--resume") },
]

private let files = [
  BadInput("missing folder", 65, "absent", "No such file") { $0.pretrain("absent") },
  BadInput("empty folder", 65, "is an empty folder") {
    try FileManager.default.createDirectory(at: $0.file("empty"), withIntermediateDirectories: true)
    return $0.pretrain("empty")
  },
  BadInput("folder without images", 65, "no image in", "notes.docx") {
    try $0.write(Data("text".utf8), to: "documents/notes.docx")
    return $0.pretrain("documents")
  },
  BadInput("no readable image", 65, "none of 8 images", "broken-0.jpg: is not an image") {
    for number in 0..<8 { try $0.write(Data("no image".utf8), to: "broken/broken-\(number).jpg") }
    return $0.pretrain("broken")
  },
  BadInput("hardly a readable image", 65, "more than half", "of 8 images", "broken-") {
    try $0.write(try picture(1), to: "broken/sound.png")
    for number in 0..<7 { try $0.write(Data("no image".utf8), to: "broken/broken-\(number).jpg") }
    return $0.pretrain("broken")
  },
  BadInput("file that can be nothing", 65, "neither an image") {
    try $0.write(Data([0, 1, 2, 3, 255, 254]), to: "thing.bin")
    return $0.pretrain("thing.bin")
  },
  BadInput("tar shard cut in its first image", 65, "no image in", "shard.tar") {
    try $0.cutShard().prefix(700).write(to: $0.file("shard.tar"))
    return $0.pretrain("shard.tar")
  },
  BadInput("encoder that is missing", 65, "absent.safetensors") { $0.embed(from: "absent.safetensors") },
  BadInput("encoder that is cut short", 65, "model.safetensors", "cut short") {
    let header = Data(#"{"pos_embed":{"dtype":"F32","shape":[1,5,8],"data_offsets":[0,160]}}"#.utf8)
    try $0.write(littleEndian(UInt64(header.count)) + header + Data(count: 60), to: "model.safetensors")
    return $0.embed(from: "model.safetensors")
  },
  BadInput("encoder of another format", 65, "model.safetensors", "not a safetensors file") {
    try $0.write(try picture(1), to: "model.safetensors")
    return $0.embed(from: "model.safetensors")
  },
  BadInput("encoder with an oversized header", 65, "model.safetensors", "header claims 999999999999") {
    try $0.write(littleEndian(999_999_999_999) + Data("{}".utf8) + Data(count: 64), to: "model.safetensors")
    return $0.embed(from: "model.safetensors")
  },
  BadInput("encoder that is no vision transformer", 65, "model.safetensors", "no vision transformer") {
    let header = Data(#"{"fc.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#.utf8)
    try $0.write(littleEndian(UInt64(header.count)) + header + Data(count: 8), to: "model.safetensors")
    return $0.embed(from: "model.safetensors")
  },
]

private func littleEndian(_ value: UInt64) -> Data { withUnsafeBytes(of: value.littleEndian) { Data($0) } }

extension Workbench {
  fileprivate func embed(from encoder: String) -> [String] {
    ["embed", path("data/train"), "--from", path(encoder), "--out", path("features.safetensors"), "--device", "cpu"]
  }

  /// A WebDataset shard of twelve images, made by the system's tar, cut in the middle of its last image.
  func cutShard() throws -> Data {
    for number in 0..<12 { try write(try picture(number), to: "members/\(number).png") }
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/bin/tar")
    let names = (0..<12).map { "\($0).png" }
    tar.arguments = ["--format=ustar", "-C", path("members"), "-cf", path("whole.tar")] + names
    try tar.run()
    tar.waitUntilExit()
    // A block of header for each member, then its bytes in whole blocks.
    let sizes = try (0..<12).map { try Data(contentsOf: file("members/\($0).png")).count }
    let lastStart = sizes.dropLast().reduce(0) { $0 + 512 + ($1 + 511) / 512 * 512 }
    return try Data(contentsOf: file("whole.tar")).prefix(lastStart + 512 + sizes[11] / 2)
  }
}

@Suite struct BadInputTests {
  @Test(arguments: settings) private func settingIsRefused(_ input: BadInput) throws {
    try check(input)
  }

  @Test(arguments: files) private func fileIsRefused(_ input: BadInput) throws {
    try check(input)
  }

  private func check(_ input: BadInput) throws {
    let bench = try Workbench()
    let result = try bench.run(try input.arguments(bench))
    #expect(result.status == input.status, "\(result)")
    #expect(!result.wasKilled)
    for telling in input.tells { #expect(result.errors.contains(telling), "\(result)") }
    #expect(result.output.isEmpty, "\(result)")
    #expect(!bench.exists("run/encoder.safetensors") && !bench.exists("features.safetensors"))
  }

  @Test(.enabled(if: Device.cudaCount == 0, "this machine has a CUDA device"))
  func cudaIsRefusedWhereThereIsNone() throws {
    let bench = try Workbench()
    let result = try bench.run(bench.pretrain("data/train", out: "run", steps: 2, "--device", "cuda"))
    #expect(result.status == 64)
    #expect(result.errors.contains("there is no CUDA device"))
    #expect(result.errors.contains("--device cpu"))
    #expect(!bench.exists("run"))
  }

  @Test func smallestImagesAreEnlarged() throws {
    let bench = try Workbench(images: 0)
    for number in 0..<8 { try bench.write(try picture(number, width: 3, height: 2), to: "dots/\(number).png") }
    let result = try bench.run(bench.pretrain("dots"))
    #expect(result.status == 0, "\(result)")
    #expect(bench.exists("run/encoder.safetensors"))
  }

  @Test func cutShardServesWhatItHolds() throws {
    let bench = try Workbench(images: 0)
    try bench.cutShard().write(to: bench.file("shard.tar"))
    let result = try bench.run(bench.pretrain("shard.tar"))
    #expect(result.status == 0, "\(result)")
    let skipped = try bench.text("run/skipped-images.txt")
    #expect(skipped.contains("11.png") && skipped.contains("cut"), "\(skipped)")
  }

  @Test func shardCutBetweenMembersIsNamed() throws {
    let bench = try Workbench(images: 0)
    let cut = try bench.cutShard()
    let whole = try Data(contentsOf: bench.file("whole.tar"))
    // Where the header of the last member begins.
    let lastHeader = try #require(cut.range(of: Data("11.png\0".utf8))).lowerBound
    try whole.prefix(lastHeader).write(to: bench.file("shard.tar"))
    let result = try bench.run(bench.pretrain("shard.tar"))
    #expect(result.status == 0, "\(result)")
    let name = bench.path("shard.tar") + ":after 11 members"
    #expect(result.errors.contains("skipped \(name): the shard ends at byte \(lastHeader)"), "\(result)")
    #expect(try bench.text("run/skipped-images.txt").hasPrefix(name))
  }

  /// Label maps are PNG files too, and must not be learnt from.
  @Test func wholeShapesFolderShowsItsImagesOnly() throws {
    let bench = try Workbench()
    let result = try bench.run(bench.pretrain("data", out: "run", steps: 2, "--dry-run"))
    #expect(result.status == 0 && result.output.contains("images         25"), "\(result)")
  }

  @Test func anotherRunIsLeftAlone() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain()).status == 0)
    let before = try bench.content(of: "run")
    let again = try bench.run(bench.pretrain())
    #expect(again.status == 64)
    #expect(again.errors.contains("holds a run already"))
    #expect(again.errors.contains("--resume"))
    #expect(try bench.content(of: "run") == before)
  }

  @Test func changedSettingsAreNamed() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain()).status == 0)
    let before = try bench.content(of: "run")
    let changed = try bench.run(
      bench.pretrain("data/train", out: "run", steps: 3, "--resume", "--set", "training.weightDecay=0.1"))
    #expect(changed.status == 64)
    #expect(changed.errors.contains("training.weightDecay"))
    #expect(changed.errors.contains("training.steps"))
    #expect(changed.errors.contains("--allow-change"))
    #expect(try bench.content(of: "run") == before)
  }

  @Test func checkpointOfAnotherArchitectureIsRefused() throws {
    let bench = try Workbench()
    #expect(try bench.run(bench.pretrain()).status == 0)
    let before = try bench.content(of: "run")
    let other = try bench.run(
      bench.pretrain("data/train", out: "run", steps: 2, "--resume", "--allow-change", "--set", "model.width=64"))
    #expect(other.status == 65, "\(other)")
    #expect(other.errors.contains("another architecture"))
    #expect(other.errors.contains("decoder.blocks.0.attn.proj.bias is [32], not [64]"), "\(other)")
    // The run can still be resumed as what it is.
    #expect(try bench.content(of: "run") == before)
  }
}
