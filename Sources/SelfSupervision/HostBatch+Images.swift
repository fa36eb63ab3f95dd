import ImageLoading
import Torch

extension HostBatch {
  /// What the encoder and the tokenizer see, `[B, H, W, 3]` bytes each.
  func images(on device: Device) -> (encoder: Tensor, tokenizer: Tensor) {
    let images = views[0].tensor(on: device)
    return (images, views.count > 1 ? views[1].tensor(on: device) : images)
  }
}
