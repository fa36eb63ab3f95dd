import ArgumentParser

/// How a result is printed on standard output; everything else goes to standard error.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  /// Prints a result as it was asked for.
  func print(_ result: some Encodable & CustomStringConvertible) throws {
    if json { try Terminal.print(json: result) } else { Terminal.print(prose: "\(result)") }
  }
}
