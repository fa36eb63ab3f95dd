import ArgumentParser
import Foundation
import SplitMaskCore

extension ExitStatus {
  /// What a user is told of the codes, one a line.
  static let table = """
    0   done
    64  the command line or a setting is wrong
    65  the data or a file is wrong
    69  another process of the same run was lost
    70  a fault of the program
    71  the memory is too small for a step
    75  stopped by a signal; what was trained is saved, go on with --resume
    """

  /// Ends the program with the message and the code of an error.
  static func leave(after error: any Error, command: any ParsableCommand.Type) -> Never {
    if let code = error as? ExitCode { exit(code.rawValue) }
    guard let status = of(error) else { command.exit(withError: error) }
    Terminal.complain("error: \(error)")
    if status == .ownFault {
      Terminal.complain("This looks like a fault of the program; 'splitmask doctor' says what it runs on.")
    }
    exit(status.rawValue)
  }

  /// The code of an error; nil for the argument parser's own.
  static func of(_ error: any Error) -> ExitStatus? {
    switch error {
    case let error as any UserFacingError: error.exitStatus
    case is CocoaError: .badData
    case is ValidationError, is CleanExit: nil
    default: "\(type(of: error))" == "CommandError" ? nil : .ownFault
    }
  }
}
