internal import CTorch

/// Stops the program on a tensor programming error, with libtorch's message and the shapes involved.
///
/// Wrong shapes and types are mistakes in the program, not in its input, so there is nothing for a caller to catch. Of
/// memory that is refused ``Engine/outOfMemory`` is told.
func check(_ status: CTStatus, _ operation: @autoclosure () -> String, _ arguments: [Argument] = []) {
  guard status != CT_OK else { return }
  let message = String(cString: ct_last_error())
  let shapes = arguments.compactMap(\.summary).joined(separator: ", ")
  if status == CT_OUT_OF_MEMORY {
    Engine.outOfMemory(OutOfMemory(operation: "\(operation())(\(shapes))", reason: message))
  }
  fatalError("\(operation())(\(shapes)): \(message)")
}
