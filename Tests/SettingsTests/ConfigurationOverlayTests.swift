import Foundation
import Settings
import Testing

@Suite struct ConfigurationOverlayTests {
  @Test func keysAreThoseOfEverySettingThatIsSaid() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("seed: 1\nmodel: {patchSize: 8}\n".utf8).write(to: folder)
    let keys = try ConfigurationOverlay.keys(
      file: folder, assignments: ["model={architecture: vit-base, imageSize: 128}", "training . steps = 4"])
    #expect(keys == ["seed", "model.patchSize", "model.architecture", "model.imageSize", "training.steps"])
  }

  private func apply(_ yaml: String) throws -> SampleConfig {
    try ConfigurationOverlay.applying(yaml: yaml, source: "my.yaml", to: SampleConfig())
  }

  private func assign(_ assignments: String...) throws -> SampleConfig {
    try assignments.reduce(SampleConfig()) { try ConfigurationOverlay.applying(assignment: $1, to: $0) }
  }

  private func message(_ body: () throws -> SampleConfig) -> String {
    do {
      return "no error: \(try body())"
    } catch {
      return "\(error)"
    }
  }

  @Test func aFileChangesWhatItNamesAndNothingElse() throws {
    let changed = try apply(
      """
      # a comment
      method: beit
      name: "no"
      seed: 18446744073709551615
      model:
        width: 192
        imageSize: [32, 48]
      augmentation: {cropScale: [0.4, 1], colorJitter: {brightness: 1, hue: 0.05}}
      training:
        learningRate: 1e-3
        batchSize: 1e2
        resume: yes
      """)
    var expected = SampleConfig()
    expected.method = .beit
    expected.name = "no"
    expected.seed = .max
    expected.model.width = 192
    expected.model.imageSize = [32, 48]
    expected.augmentation.cropScale = 0.4...1
    expected.augmentation.colorJitter = .init(brightness: 1, hue: 0.05)
    expected.training.learningRate = 0.001
    expected.training.batchSize = 100
    expected.training.resume = true
    #expect(changed == expected)
  }

  @Test func anEmptyFileChangesNothing() throws {
    #expect(try apply("# nothing\n") == SampleConfig())
  }

  @Test func assignmentsComeInOrder() throws {
    let changed = try assign(
      "training.epochs=5", "training.epochs=~", "training.batchSize=8", "training.batchSize=0x10", "name=a=b",
      "augmentation.cropScale=[0.5,0.6]", "fallback=dino")
    var expected = SampleConfig()
    expected.training.batchSize = 16
    expected.name = "a=b"
    expected.augmentation.cropScale = 0.5...0.6
    expected.fallback = .dino
    #expect(changed == expected)
  }

  @Test func anUnknownSettingNamesTheNearest() {
    let prefix = "training.batchsiz: unknown setting; did you mean 'training.batchSize'? (in "
    #expect(message { try assign("training.batchsiz=1") } == prefix + "'training.batchsiz=1')")
    #expect(message { try apply("training: {batchsiz: 1}") } == prefix + "my.yaml)")
    // Optional settings that are not set are known too, and so is a setting named without its group.
    #expect(message { try assign("training.epoch=1") }.contains("did you mean 'training.epochs'?"))
    #expect(
      message { try assign("batchSize=1") }.hasPrefix("batchSize: unknown setting; did you mean 'training.batchSize'?"))
    #expect(message { try assign("model.zzz=1") }.contains("known here: patchSize, width, imageSize"))
    // Inside an optional group that is not set.
    #expect(
      message { try assign("augmentation.colorJitter={brightness: 1, hue: 0, huee: 1}") }
        .hasPrefix("augmentation.colorJitter.huee: unknown setting; did you mean 'augmentation.colorJitter.hue'?"))
  }

  @Test(arguments: [
    ("training.batchSize=many", "training.batchSize: expected a whole number, found the text 'many'"),
    ("training.batchSize=1.5", "training.batchSize: expected a whole number, found the number 1.5"),
    ("training.batchSize=", "training.batchSize: expected a whole number, found nothing"),
    ("training.learningRate=[1]", "training.learningRate: expected a number, found a list"),
    ("training.resume=1", "training.resume: expected true or false, found the number 1"),
    ("training=1", "training: expected a group of settings, found the number 1"),
    ("name=1", "name: expected text (put it in quotes), found the number 1"),
    (
      "training.batchSize=9223372036854775807",
      "training.batchSize: expected a whole number between -2147483648 and 2147483647, found the number 9223372036854775807"
    ),
    ("seed=-1", "seed: expected a whole number between 0 and 18446744073709551615, found the number -1"),
    ("model.imageSize=224", "model.imageSize: expected a list such as [1, 2], found the number 224"),
    ("model.imageSize=[a]", "model.imageSize: expected a whole number, found the text 'a'"),
    ("augmentation.cropScale=[0.5]", "augmentation.cropScale: expected a longer list, found 1 value(s)"),
    ("augmentation.cropScale=[1, 0.5]", "augmentation.cropScale: cannot be a list: "),
    ("augmentation.colorJitter.hue=1", "augmentation.colorJitter.brightness: is missing"),
    (
      "method=spiltmask",
      "method: unknown value 'spiltmask'; did you mean 'splitmask'? It is one of: splitmask, beit, dino"
    ),
    ("fallback=other", "fallback: unknown value 'other'; it is one of: splitmask, beit, dino"),
    ("method=1", "method: expected one of: splitmask, beit, dino, found the number 1"),
    ("training.batchSize", "'training.batchSize': expected key.path=value"),
    ("training..batchSize=1", "'training..batchSize=1': expected key.path=value"),
    ("name=[1", "'name=[1': line 2, column 1: did not find expected"),
  ])
  func aWrongValueNamesItsKeyAndWhatIsExpected(assignment: String, expected: String) {
    let message = message { try assign(assignment) }
    #expect(message.hasPrefix(expected), "\(message)")
  }

  @Test func aBrokenFileNamesTheLine() throws {
    #expect(message { try apply("model:\n  width: 1\n  width: 2\n") }.hasPrefix("my.yaml: 'width' is set twice"))
    #expect(message { try apply("a: 1\n- b\n") }.hasPrefix("my.yaml: line 2"))
    #expect(message { try apply("- a\n") } == "my.yaml: expected settings such as 'name: value', found a list")
    #expect(message { try apply("a: 1\n---\nb: 1\n") }.hasPrefix("my.yaml: "))
    let missing = URL(fileURLWithPath: "/nowhere/my.yaml")
    #expect(
      message { try ConfigurationOverlay.applying(file: missing, to: SampleConfig()) }
        .hasPrefix("/nowhere/my.yaml: cannot be read"))
  }
}
