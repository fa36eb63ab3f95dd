import Foundation

/// What `work` returns, and the seconds of processor time that this thread spent on it: neighbours do not count.
package func processorSeconds<Result>(_ work: () throws -> Result) rethrows -> (Result, Double) {
  let start = threadSeconds()
  let result = try work()
  return (result, threadSeconds() - start)
}

private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
