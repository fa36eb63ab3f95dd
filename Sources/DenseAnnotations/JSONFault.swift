import ImageData

/// What is wrong in a JSON file, and at which of its entries.
///
/// A reader that throws it does not know where it stands; the readers of arrays and objects that it passes on its way out
/// add their part of the path, so that reading costs nothing for it.
struct JSONFault: Error {
  private enum Problem {
    /// A sentence about the entry.
    case entry(String)
    /// No JSON.
    case syntax(String)
  }

  private var problem: Problem
  /// From the innermost to the outermost: `.bbox`, `[12]`, `.annotations`.
  private var path: [String] = []

  private init(_ problem: Problem) { self.problem = problem }

  /// What is wrong with the entry that is being read, to follow its name: `has no id`.
  static func entry(_ problem: String) -> JSONFault { JSONFault(.entry(problem)) }

  /// Why the file is no JSON.
  static func syntax(_ problem: String) -> JSONFault { JSONFault(.syntax(problem)) }

  /// The same as a part of a field's value.
  func inside(field name: String) -> JSONFault { inside(".\(name)") }

  /// The same as a part of an array's element, counted from 0.
  func inside(element index: Int) -> JSONFault { inside("[\(index)]") }

  private func inside(_ part: String) -> JSONFault {
    var result = self
    result.path.append(part)
    return result
  }

  /// The fault of a file of that name: `instances.json: annotations[12].area is a string, not a number (line 3)`.
  func error(in file: String) -> DatasetError {
    let place = path.reversed().joined().trimmingPrefix(".")
    switch problem {
    case .entry(let text): return DatasetError("\(file): \(place.isEmpty ? "it" : place) \(text)")
    case .syntax(let text):
      return DatasetError("\(file) cannot be read\(place.isEmpty ? "" : ", in \(place)"): \(text)")
    }
  }
}
