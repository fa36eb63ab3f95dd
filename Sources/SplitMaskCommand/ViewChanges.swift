import Foundation

/// What flags change about how a network looked at images when it was judged in training.
struct ViewChanges {
  private var changes: [String] = []

  /// Takes a flag's value; nil where it was not given.
  mutating func apply<Value: Equatable>(
    _ value: Value?, to setting: inout Value, _ name: String, describe: (Value) -> String = { "\($0)" }
  ) {
    guard let value, value != setting else { return }
    changes.append("\(name) \(describe(value)) instead of the run's \(describe(setting))")
    setting = value
  }

  /// Says what is changed.
  ///
  /// - Parameters:
  ///   - file: the network's.
  ///   - assumed: what is taken where the file does not say how it was judged; nil where it does.
  func tell(about file: URL, assumed: String?) {
    if let assumed {
      Terminal.say("\(file.relativePath) does not say how it was judged in training; taken is \(assumed)")
    } else if !changes.isEmpty {
      Terminal.say("not as in training: \(changes.joined(separator: ", "))")
    }
  }
}
