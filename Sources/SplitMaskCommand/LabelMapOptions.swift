import ArgumentParser
import DenseAnnotations
import SplitMaskCore

/// What the values of label maps stand for.
struct LabelMapOptions: ParsableArguments {
  @Flag(help: "In the label maps 0 is the first class (255 is ignored); --label-map zero-based says the same.")
  var zeroBased = false

  @Option(
    help: ArgumentHelp(
      """
      What the values of label maps stand for: one-based (1 is the first class, 0 is ignored), zero-based, or each value \
      with its class, 1 being the first and 0 to ignore it, such as "0: 1, 255: 2".
      """, valueName: "map"))
  var labelMap: String?

  func validate() throws {
    guard !zeroBased || labelMap == nil else { throw ValidationError("Say --zero-based or --label-map, not both.") }
  }

  /// What was said; nil where nothing was.
  ///
  /// - Throws: `InvalidSetting`.
  func mapping() throws -> LabelMapping? {
    guard let labelMap else { return zeroBased ? .zeroBased : nil }
    if let mapping = LabelMapping(labelMap) { return mapping }
    throw InvalidSetting(
      "label-map", "'\(labelMap)' is neither one-based, zero-based nor pairs such as \"0: 1, 255: 2\"")
  }
}
