import Torch

/// A step along a line that lowers the value enough and flattens the slope enough (Nocedal & Wright, algorithms 3.5
/// and 3.6), with cubic interpolation.
struct StrongWolfeSearch {
  /// The function at one step along the line.
  struct Point {
    let step: Double
    let value: Double
    /// The derivative along the line.
    let slope: Double
    /// The gradient there.
    let gradient: Tensor
  }

  /// The part of the initial slope that the mean decrease must reach.
  private let decrease = 1e-4
  /// The part of the initial slope that may remain.
  private let curvature = 0.9
  private let maximumEvaluations = 25

  /// - Parameters:
  ///   - origin: the line's start; its slope is negative.
  ///   - firstStep: the step to try first.
  /// - Returns: nil when no step was found that lowers the value.
  func search(
    from origin: Point, firstStep: Double, evaluate: (Double) throws -> Point
  ) rethrows -> Point? {
    var previous = origin
    var step = firstStep
    for count in 1...maximumEvaluations {
      let here = try evaluate(step)
      let isTooHigh = !isLowEnough(here, origin: origin) || (count > 1 && here.value >= previous.value)
      if isTooHigh {
        return try zoom(low: previous, high: here, origin: origin, used: count, evaluate: evaluate)
      }
      if isFlatEnough(here, origin: origin) { return here }
      if here.slope >= 0 {
        return try zoom(low: here, high: previous, origin: origin, used: count, evaluate: evaluate)
      }
      // Still falling: go further, to where a cubic through both points has its minimum.
      let next = cubicMinimum(previous, here) ?? .infinity
      step = min(max(next, step + 0.1 * (step - previous.step)), 10 * step)
      previous = here
    }
    return previous.value < origin.value ? previous : nil
  }

  /// Narrows an interval that is known to hold a good step; `low` is the lower end by value.
  private func zoom(
    low: Point, high: Point, origin: Point, used: Int, evaluate: (Double) throws -> Point
  ) rethrows -> Point? {
    var low = low
    var high = high
    for _ in used..<maximumEvaluations {
      let lower = min(low.step, high.step)
      let width = abs(high.step - low.step)
      let middle = lower + 0.5 * width
      let guess = cubicMinimum(low, high) ?? middle
      // A guess near an end would hardly shorten the interval.
      let step = min(max(guess, lower + 0.1 * width), lower + 0.9 * width)
      let here = try evaluate(step)
      if !isLowEnough(here, origin: origin) || here.value >= low.value {
        high = here
        continue
      }
      if isFlatEnough(here, origin: origin) { return here }
      if here.slope * (high.step - low.step) >= 0 { high = low }
      low = here
    }
    return low.step > 0 && low.value < origin.value ? low : nil
  }

  private func isLowEnough(_ point: Point, origin: Point) -> Bool {
    point.value.isFinite && point.value <= origin.value + decrease * point.step * origin.slope
  }

  private func isFlatEnough(_ point: Point, origin: Point) -> Bool {
    abs(point.slope) <= -curvature * origin.slope
  }

  /// Where the cubic through both values and slopes is lowest; nil when it has no minimum.
  private func cubicMinimum(_ a: Point, _ b: Point) -> Double? {
    let first = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step)
    let square = first * first - a.slope * b.slope
    guard square >= 0 else { return nil }
    let second = (b.step > a.step ? 1 : -1) * square.squareRoot()
    let result = b.step - (b.step - a.step) * (b.slope + second - first) / (b.slope - a.slope + 2 * second)
    return result.isFinite ? result : nil
  }
}
