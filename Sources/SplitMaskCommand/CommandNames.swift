import ArgumentParser
import SplitMaskCore

/// Finds names of commands that there are not, before the argument parser calls them unexpected arguments.
enum CommandNames {
  /// - Parameter arguments: of the program, without its name.
  /// - Throws: ``UnknownCommand``.
  static func check(_ arguments: [String], of root: any ParsableCommand.Type) throws {
    var path = [root._commandName]
    var command = root
    // 'help' takes the names that follow it.
    for word in arguments.first == "help" ? arguments.dropFirst() : arguments[...] {
      let commands = command.configuration.subcommands
      guard !commands.isEmpty, !word.hasPrefix("-"), !(path.count == 1 && word == "help") else { return }
      guard let found = commands.first(where: { $0._commandName == word }) else {
        throw UnknownCommand(
          name: word, path: path.joined(separator: " "),
          known: commands.filter { $0.configuration.shouldDisplay }.map { $0._commandName })
      }
      command = found
      path.append(word)
    }
  }
}

/// A name that is no command's.
struct UnknownCommand: UserFacingError {
  let name: String
  /// The command that was looked in, such as `splitmask data`.
  let path: String
  let known: [String]

  var exitStatus: ExitStatus { .usage }

  /// The name, the nearest that there is, and what shows all.
  var description: String {
    let meant =
      nearest(to: name, in: known).map { "did you mean '\($0)'?" } ?? "there are \(known.joined(separator: ", "))."
    return "'\(name)' is no command of \(path); \(meant) See '\(path) --help'."
  }
}
