import ArgumentParser

@main
struct SplitMaskCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "splitmask",
    abstract: "Self-supervised pretraining of vision transformers on your own images.",
    version: "0.1.0")
}
