import Torch

/// Runs a body with as many threads for operators on the CPU as are asked for.
package func withEngineThreads<Result>(_ count: Int, _ body: () throws -> Result) rethrows -> Result {
  let before = Engine.threadCount
  Engine.threadCount = count
  defer { Engine.threadCount = before }
  return try body()
}
