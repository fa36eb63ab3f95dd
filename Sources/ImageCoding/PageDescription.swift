/// What the description of a TIFF's first page says of its pages: ImageJ's lines, or OME-XML.
struct PageDescription {
  let axes: PageAxes
  let channelNames: [String]

  /// Reads a description; nil where neither ImageJ nor OME wrote it.
  init?(_ text: String, samplesPerPixel: Int) {
    if text.hasPrefix("ImageJ=") {
      self.init(imageJ: text)
    } else if text.contains("<OME") {
      self.init(ome: text, samplesPerPixel: samplesPerPixel)
    } else {
      return nil
    }
  }

  /// "ImageJ=1.53t\nimages=3\nchannels=3\n…"; pages without an axis are slices.
  private init(imageJ text: String) {
    var numbers: [Substring: Int] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "=", maxSplits: 1)
      if parts.count == 2, let number = Int(parts[1]), number > 0 { numbers[parts[0]] = number }
    }
    let (channels, frames) = (numbers["channels"] ?? 1, numbers["frames"] ?? 1)
    let named = channels.multipliedReportingOverflow(by: frames)
    let rest = named.overflow ? 1 : max(1, (numbers["images"] ?? 1) / named.partialValue)
    axes = PageAxes(channels: channels, slices: numbers["slices"] ?? rest, frames: frames, order: "XYCZT")
    channelNames = []
  }

  /// The first image of the file's OME-XML (https://docs.openmicroscopy.org/ome-model/).
  private init?(ome text: String, samplesPerPixel: Int) {
    guard let start = text.firstRange(of: "<Pixels"), let end = text[start.upperBound...].firstIndex(of: ">") else {
      return nil
    }
    let pixels = Self.attributes(text[start.upperBound..<end])
    func size(_ name: String) -> Int { pixels[name].flatMap { Int($0) }.map { max(1, $0) } ?? 1 }
    let rest = text[end...]
    let channels = Self.channels(rest[..<(rest.firstRange(of: "</Pixels")?.lowerBound ?? rest.endIndex)])
    axes = PageAxes(
      channels: max(1, size("SizeC") / samplesPerPixel), slices: size("SizeZ"), frames: size("SizeT"),
      order: pixels["DimensionOrder"] ?? "XYCZT")
    let names = channels.map { $0["Name"] ?? "" }
    channelNames = names.allSatisfy(\.isEmpty) ? [] : names
  }

  /// GDAL's names of the samples of a pixel, `<Item name="DESCRIPTION" sample="0" role="description">red</Item>`; empty where
  /// none has one (https://gdal.org/drivers/raster/gtiff.html).
  static func sampleNames(gdal text: String, count: Int) -> [String] {
    var names = [String](repeating: "", count: count)
    var rest = text[...]
    while let start = rest.firstRange(of: "<Item ") {
      rest = rest[start.upperBound...]
      guard let end = rest.firstIndex(of: ">"), let close = rest[end...].firstIndex(of: "<") else { break }
      let item = attributes(rest[..<end])
      if item["role"] == "description", let sample = item["sample"].flatMap({ Int($0) }), names.indices.contains(sample)
      {
        names[sample] = unescaped(rest[rest.index(after: end)..<close])
      }
      rest = rest[close...]
    }
    return names.allSatisfy(\.isEmpty) ? [] : names
  }

  /// The attributes of every `Channel` element.
  private static func channels(_ text: Substring) -> [[String: String]] {
    var channels: [[String: String]] = []
    var rest = text
    while let start = rest.firstRange(of: "<Channel ") {
      rest = rest[start.upperBound...]
      guard let end = rest.firstIndex(of: ">") else { break }
      channels.append(attributes(rest[..<end]))
      rest = rest[end...]
    }
    return channels
  }

  /// `Name="value"` pairs of an element.
  private static func attributes(_ text: Substring) -> [String: String] {
    var attributes: [String: String] = [:]
    var rest = text
    while let equals = rest.firstIndex(of: "=") {
      let name = rest[..<equals].split(whereSeparator: \.isWhitespace).last ?? ""
      rest = rest[rest.index(after: equals)...].drop(while: \.isWhitespace)
      guard let quote = rest.popFirst(), "\"'".contains(quote), let end = rest.firstIndex(of: quote) else { break }
      attributes[String(name)] = unescaped(rest[..<end])
      rest = rest[rest.index(after: end)...]
    }
    return attributes
  }

  private static func unescaped(_ text: Substring) -> String {
    guard text.contains("&") else { return String(text) }
    var result = ""
    var rest = text
    while let start = rest.firstIndex(of: "&"), let end = rest[start...].firstIndex(of: ";") {
      result += rest[..<start]
      result += character(rest[rest.index(after: start)..<end]) ?? String(rest[start...end])
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  /// The character that an entity's name stands for.
  private static func character(_ name: Substring) -> String? {
    switch name {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default:
      guard name.first == "#" else { return nil }
      let code = name.dropFirst()
      let number = code.first == "x" ? UInt32(code.dropFirst(), radix: 16) : UInt32(code)
      return number.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
    }
  }
}
