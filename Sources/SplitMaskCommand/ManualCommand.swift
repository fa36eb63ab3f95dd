import ArgumentParser
import Runs
import SplitMaskCore

/// The manual page, made of the help of every command, so that it says what they say.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", abstract: "Print the manual page, to be kept as splitmask.1.", shouldDisplay: false)

  /// Columns of the help texts: those of a terminal, less the page's indentation.
  private static let columns = 72

  func run() throws {
    let root = SplitMaskCommand.self
    let parts =
      [
        #".TH SPLITMASK 1 "" "SplitMask \#(Version.current)" "User Commands""#,
        ".SH NAME", #"splitmask \- \#(Self.roff(root.configuration.abstract))"#,
        ".SH DESCRIPTION", Self.help(of: root), ".SH COMMANDS",
      ] + Self.sections(of: root, path: root._commandName) + [
        ".SH EXIT STATUS", ".nf\n\(Self.roff(ExitStatus.table))\n.fi",
      ]
    Terminal.print(parts.joined(separator: "\n"))
  }

  /// A section for each command below one.
  private static func sections(of command: any ParsableCommand.Type, path: String) -> [String] {
    command.configuration.subcommands.filter { $0.configuration.shouldDisplay }.flatMap { subcommand in
      let name = "\(path) \(subcommand._commandName)"
      return [".SS \(roff(name))", help(of: subcommand)] + sections(of: subcommand, path: name)
    }
  }

  private static func help(of command: any ParsableCommand.Type) -> String {
    ".nf\n" + roff(SplitMaskCommand.helpMessage(for: command, columns: columns)) + "\n.fi"
  }

  /// Text with what roff would take for a command written otherwise.
  private static func roff(_ text: String) -> String {
    text.replacing("\\", with: "\\e").replacing("-", with: "\\-").split(
      separator: "\n", omittingEmptySubsequences: false
    )
    .map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&\($0)" : String($0) }.joined(separator: "\n")
  }
}
