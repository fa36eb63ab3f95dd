import Foundation

// Glibc and Darwin import the same constant as different types, and count in kibibytes and bytes.
#if canImport(Glibc)
  private let resourceUsageOfThisProcess = __rusage_who_t(RUSAGE_SELF.rawValue)
  private let bytesOfPeakUnit = 1024
#else
  private let resourceUsageOfThisProcess = RUSAGE_SELF
  private let bytesOfPeakUnit = 1
#endif

/// What the process has used so far.
package struct ResourceUsage {
  /// Seconds of processor time in the program.
  package let user: Double
  /// Seconds of processor time in the system.
  package let system: Double
  /// Pages of memory that were taken without reading a disk.
  package let faults: Double
  /// Bytes of memory that were resident at most.
  package let peakBytes: Int

  /// Lets the most memory so far be what is resident now, where the system can: on Linux.
  package static func forgetPeak() {
    #if canImport(Glibc)
      try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    #endif
  }

  /// As of now.
  package static var now: ResourceUsage {
    var usage = rusage()
    getrusage(resourceUsageOfThisProcess, &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return ResourceUsage(
      user: seconds(usage.ru_utime), system: seconds(usage.ru_stime), faults: Double(usage.ru_minflt),
      peakBytes: Int(usage.ru_maxrss) * bytesOfPeakUnit)
  }
}
