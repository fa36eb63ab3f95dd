// Stands in for the decoder, the random generator and the augmentation until they land: delete this file then, and adapt
// SampleRenderer.swift, DecodedImageCache.swift and the calls of ImageError.system/.unreadable, its only callers.
// swift-format-ignore-file
public import Foundation

public struct SeededGenerator: RandomNumberGenerator, Sendable {
  public enum Purpose: UInt64, Sendable { case order, augmentation }
  var state: UInt64
  public init(seed: UInt64, epoch: Int, index: Int, purpose: Purpose) {
    state = seed &* 31 &+ UInt64(epoch) &* 1_000_003 &+ UInt64(index) &* 77777 &+ purpose.rawValue
  }
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15; var z = state; z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9;
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB; return z ^ (z >> 31)
  }
  mutating func integer(in r: ClosedRange<Int>) -> Int { Int.random(in: r, using: &self) }
}
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  static func system(_ s: String, _ e: Int32) -> ImageError {
    ImageError(description: s + ": " + String(cString: strerror(e)))
  }
  static func unreadable(_ s: String) -> ImageError { ImageError(description: s) }
}
public struct PixelImage: Sendable {
  public var width, height: Int; public var pixels: [UInt8];
  public init(width: Int, height: Int, pixels: [UInt8]) {
    self.width = width; self.height = height; self.pixels = pixels
  }
}
public struct ImageHeader: Sendable { public var width = 0, height = 0 }
public struct EncodedImage {
  let bytes: UnsafeRawBufferPointer; let name: String
  init(bytes: UnsafeRawBufferPointer, name: String) { self.bytes = bytes; self.name = name }
  func header() throws -> ImageHeader {
    if bytes.count < 6 || bytes[0] != 70 { throw ImageError.unreadable("is not an image") };
    return ImageHeader(width: Int(bytes[4]), height: Int(bytes[5]))
  }
  func decode() throws -> PixelImage {
    let h = try header();
    guard bytes.count >= 6 + h.width * h.height * 3 else { throw ImageError.unreadable("truncated") };
    return PixelImage(width: h.width, height: h.height, pixels: Array(bytes[6...]))
  }
}
public enum ImageEncoder {
  public static func png(_ i: PixelImage) throws -> Data {
    Data([70, 65, 75, 69, UInt8(i.width), UInt8(i.height)] + i.pixels)
  }
}
public struct Augmentation { public struct Config: Hashable, Sendable { public init() {} } }
public struct ViewConfiguration: Hashable, Sendable {
  public struct Size: Hashable, Sendable {
    public var height, width: Int; public init(height: Int, width: Int) { self.height = height; self.width = width }
  }
  public var encoder: Size; public var tokenizer: Size?;
  public init(encoder: Size, tokenizer: Size?) { self.encoder = encoder; self.tokenizer = tokenizer }
  var sizes: [Size] { [encoder] + (tokenizer.map { [$0] } ?? []) }
}
extension ImageHeader { var formatName: String { "png" }; var layoutName: String { "rgb" } }
