package import DurableFiles
import Foundation
package import ImageCoding
package import ImageTransforms

/// What PIL and torchvision made of some images (`Tests/Goldens/images`).
package struct ImageGoldens {
  package let file: SafetensorsFile

  /// - Parameter name: of a file in the folder.
  package init(_ name: String = "images.safetensors") throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    file = try SafetensorsFile(tests.appendingPathComponent("Goldens/images/\(name)"))
  }

  package func bytes(_ name: String) throws -> [UInt8] {
    guard let entry = file[name] else { throw CocoaError(.fileNoSuchFile) }
    return withExtendedLifetime(entry) { Array(entry.bytes) }
  }

  package func words(_ name: String) throws -> [UInt64] {
    let bytes = try bytes(name)
    return bytes.withUnsafeBytes { memory in
      (0..<memory.count / 8).map { UInt64(littleEndian: memory.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)) }
    }
  }

  package func image(_ name: String) throws -> PixelImage {
    guard let entry = file[name] else { throw CocoaError(.fileNoSuchFile) }
    return PixelImage(width: entry.shape[1], height: entry.shape[0], pixels: try bytes(name))
  }

  /// The parts after `topic/` of the names that start with it.
  package func names(_ topic: String) -> [[String]] {
    file.names.filter { $0.hasPrefix(topic + "/") }.map { $0.split(separator: "/", omittingEmptySubsequences: false) }
      .map { $0.dropFirst().map(String.init) }
  }
}

/// The largest difference between two images' values; nil when their sizes differ.
package func greatestDifference(_ a: PixelImage, _ b: PixelImage) -> Int? {
  guard a.width == b.width, a.height == b.height else { return nil }
  return zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max()
}

extension PixelImage {
  package func cropped(to box: CropBox) -> PixelImage {
    let rows = (box.top..<box.top + box.height).map { row in
      pixels[(row * width + box.left) * 3..<(row * width + box.left + box.width) * 3]
    }
    return PixelImage(width: box.width, height: box.height, pixels: Array(rows.joined()))
  }
}

extension ViewRenderer {
  /// The views as images of their own, each surrounded by bytes that must stay as they are.
  package func images(_ render: ([UnsafeMutableRawPointer]) throws -> Void) throws -> [PixelImage] {
    let guardBytes = 64
    let sizes = [views.encoder] + (views.tokenizer.map { [$0] } ?? [])
    let blocks = sizes.map { size in
      let block = UnsafeMutableRawBufferPointer.allocate(
        byteCount: size.height * size.width * 3 + 2 * guardBytes, alignment: 64)
      block.initializeMemory(as: UInt8.self, repeating: 0xA5)
      return block
    }
    defer { for block in blocks { block.deallocate() } }
    try render(blocks.map { $0.baseAddress! + guardBytes })
    return zip(sizes, blocks).map { size, block in
      let inside = guardBytes..<block.count - guardBytes
      precondition(block[..<guardBytes].allSatisfy { $0 == 0xA5 }, "written before the view")
      precondition(block[inside.upperBound...].allSatisfy { $0 == 0xA5 }, "written past the view")
      return PixelImage(width: size.width, height: size.height, pixels: Array(block[inside]))
    }
  }
}
