import ImageData

/// Fills slots of batches, each with one image. Each worker thread has its own.
protocol SlotRenderer: AnyObject {
  /// Renders an image into its slot of every block.
  ///
  /// - Parameter copy: which of the image's repetitions in this epoch it is; each has a draw of its own.
  /// - Returns: what of the image is shown, where images have sizes of their own.
  /// - Throws: `ImageError` when the image cannot be read; any other error ends the epoch.
  func render(
    _ image: Int, copy: Int, of dataset: ImageDataset, buffer: FileBuffer, slot: Int,
    blocks: [UnsafeMutableRawBufferPointer]
  ) throws -> Frame?
}
