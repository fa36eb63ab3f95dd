@_exported import TestSupport
import VisionModels

/// A transformer small enough to test.
func smallConfig(height: Int = 16, width: Int = 16, classToken: Bool = true) -> VisionTransformer.Config {
  var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(height: height, width: width), patchSize: 4)
  (config.width, config.depth, config.headCount, config.classToken) = (32, 2, 2, classToken)
  return config
}
