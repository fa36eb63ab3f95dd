package import Foundation

/// A NumPy file of values in the machine's byte order, row by row.
///
/// - Parameters:
///   - type: NumPy's name of the element, such as `u2` or `f4`.
///   - shape: the array's sides.
package func numpyFile<Element: BitwiseCopyable>(_ values: [Element], type: String, shape: [Int]) -> Data {
  precondition(values.count == shape.reduce(1, *), "values must fill the shape")
  let sides = shape.map { "\($0), " }.joined()
  var header = "{'descr': '<\(type)', 'fortran_order': False, 'shape': (\(sides)), }"
  header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
  var data = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0])
  withUnsafeBytes(of: UInt16(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
  data.append(Data(header.utf8))
  values.withUnsafeBytes { data.append(contentsOf: $0) }
  return data
}

/// A folder of images of many channels and two classes, which differ in the last channel alone.
///
/// Channel c has values around 1,000 · (c + 1), of 16 bits, as `.npy` of `[H, W, C]`.
package func writeChannelImages(
  to folder: TemporaryFolder, under name: String, count: Int, channels: Int, side: Int = 16
) throws {
  var generator = SplitMix64(state: UInt64(channels))
  for index in 0..<count {
    let isSecond = index % 2 == 1
    let values = (0..<side * side).flatMap { pixel in
      (0..<channels).map { channel -> UInt16 in
        let shift = channel == channels - 1 && isSecond ? 400 : 0
        let wave = Int(100 * sin(Double(pixel + 5 * index) / Double(channel + 3)))
        return UInt16(1000 * (channel + 1) + shift + wave + Int(generator.next() % 100))
      }
    }
    try folder.write(
      numpyFile(values, type: "u2", shape: [side, side, channels]),
      to: "\(name)/\(isSecond ? "b" : "a")/image\(index).npy")
  }
}
