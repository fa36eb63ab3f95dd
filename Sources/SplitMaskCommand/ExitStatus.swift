import ArgumentParser
import Classification
import DatasetDownloads
import DenseTasks
import DurableFiles
import Evaluation
import Foundation
import ImageData
import Recipes
import SelfSupervision
import Settings
import Torch
import Training
import VisionModels

/// What the program's exit codes mean; the numbers of sysexits.h.
enum ExitStatus: Int32 {
  case usage = 64
  case badData = 65
  case peerLost = 69
  case ownFault = 70
  case interrupted = 75

  /// What a user is told of the codes, one a line.
  static let table = """
    0   done
    64  the command line or a setting is wrong
    65  the data or a file is wrong
    69  another process of the same run was lost
    70  a fault of the program
    75  stopped by a signal; what was trained is saved, go on with --resume
    """

  /// Ends the program with the message and the code of an error.
  static func leave(after error: any Error, command: any ParsableCommand.Type) -> Never {
    if let status = error as? ExitCode { exit(status.rawValue) }
    guard let status = of(error) else { command.exit(withError: error) }
    Terminal.complain("error: \(error)")
    if status == .ownFault {
      Terminal.complain("This looks like a fault of the program; 'splitmask doctor' says what it runs on.")
    }
    exit(status.rawValue)
  }

  /// The code of an error that is not the argument parser's own.
  private static func of(_ error: any Error) -> ExitStatus? {
    switch error {
    case is InvalidSetting, is ConfigurationSyntaxError, is ChangedSettings, is RunFolderError, is ProcessesDiffer,
      is UnknownCommand, is UnreadableArgument:
      .usage
    case is ProcessGroupError: .peerLost
    case is DatasetError, is DownloadError, is ImageError, is FileError, is SafetensorsError, is EncoderFileError,
      is DenseFileError, is NonFiniteOutput,
      is EvaluationError, is ClassificationError, is TrainingError, is ShapesError,
      is UnsupportedElementType, is PyTorchFileError, is PatchTokenizer.NotATokenizer, is CocoaError:
      .badData
    case is ValidationError, is CleanExit: nil
    default: "\(type(of: error))" == "CommandError" ? nil : .ownFault
    }
  }
}
