import SplitMaskCore

/// DomainNet's lists, such as `clipart_train.txt`: lines `clipart/aircraft_carrier/clipart_001_000001.jpg 0`, paths
/// relative to the list's folder. The class is called as the image's folder; the number only has to agree with it.
enum DomainNetList {
  /// - Throws: `DatasetError`, with file and line.
  static func read(_ path: String) throws -> ListedImages {
    var images = ListedImages(source: path, root: ListedImages.folder(of: path))
    var nameOfNumber: [Int: String] = [:]
    for line in try TextLines(path: path).lines {
      guard let space = line.text.lastIndex(of: " "), let number = Int(line.text[line.text.index(after: space)...]),
        ImageSource.isImageName(line.text[..<space].utf8)
      else {
        throw DatasetError("\(path), line \(line.number): '\(line.text)' is no path with a number after a space")
      }
      let image = line.text[..<space]
      let parts = image.split(separator: "/")
      let name = parts.count > 1 ? String(parts[parts.count - 2]) : "\(number)"
      let known = nameOfNumber.updateValue(name, forKey: number) ?? name
      guard known == name else {
        throw DatasetError("\(path), line \(line.number): class \(number) is '\(name)' here, but '\(known)' further up")
      }
      images.append(PrintableName.bytes(of: image), class: name)
    }
    return images
  }
}
