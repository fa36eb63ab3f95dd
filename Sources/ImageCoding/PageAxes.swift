/// How the pages of a file are to be counted.
public struct PageAxes: Hashable, Sendable {
  /// Pages that are channels of one plane.
  public var channels: Int
  /// Focal planes (Z).
  public var slices: Int
  /// Points in time (T).
  public var frames: Int
  /// The order in which the axes change, the fastest first: "XYCZT" and the like.
  public var order: String

  /// Pages that there are altogether.
  var pageCount: Int {
    let (planes, overflows) = channels.multipliedReportingOverflow(by: slices)
    let (pages, overflowsToo) = planes.multipliedReportingOverflow(by: frames)
    return overflows || overflowsToo ? .max : pages
  }

  /// Whether all pages are channels of one plane at one time.
  public var areChannels: Bool { slices <= 1 && frames <= 1 }
}
