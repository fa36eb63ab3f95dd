package import Foundation
import ImageCoding

/// A small picture that no other number gives.
package func picture(_ number: Int, width: Int = 12, height: Int = 9) throws -> Data {
  try ImageEncoder.png(PixelImage(width: width, height: height, pixels: picturePixels(number, width, height)))
}

package func picturePixels(_ number: Int, _ width: Int, _ height: Int) -> [UInt8] {
  (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number &* 37 &+ number / 5) }
}

/// A folder of `count` pictures, `0000.png` and so on.
package func pictureFolder(_ count: Int) throws -> TemporaryFolder {
  let folder = try TemporaryFolder()
  for number in 0..<count { try folder.write(try picture(number), to: String(format: "%04d.png", number)) }
  return folder
}
