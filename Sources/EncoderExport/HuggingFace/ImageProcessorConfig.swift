import ImageCoding
import VisionModels

/// `preprocessor_config.json`: what `AutoImageProcessor` does to an image. Photographs are resized and cropped; other images
/// come as the network's channels, of 0 to 255 and of its size, and are normalised alone.
enum ImageProcessorConfig {
  /// - Returns: what the file holds.
  static func value(of network: ExportedNetwork) -> JSONValue {
    let (size, isCropped) = (network.config.imageSize, isCropped(network))
    return [
      "image_processor_type": "BitImageProcessor", "do_convert_rgb": .bool(network.seesPhotographs),
      "do_resize": .bool(isCropped), "size": ["shortest_edge": .int(network.view.resize)],
      // PIL's number of bicubic.
      "resample": 3, "do_center_crop": .bool(isCropped),
      "crop_size": ["height": .int(size.height), "width": .int(size.width)], "do_rescale": true,
      "rescale_factor": .double(1 / 255), "do_normalize": true, "image_mean": .list(network.normalization.mean),
      "image_std": .list(network.normalization.standardDeviation),
    ]
  }

  /// Whether the processor resizes and crops as this program does: of photographs, to squares.
  static func isCropped(_ network: ExportedNetwork) -> Bool {
    network.seesPhotographs && network.config.imageSize.height == network.config.imageSize.width
  }
}
