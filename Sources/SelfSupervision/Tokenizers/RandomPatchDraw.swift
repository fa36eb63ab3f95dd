import Torch

/// Picks patches of different images: one each while there are as many images as words, else as few each as will do.
struct RandomPatchDraw {
  private let specification: PatchTokenizer.Specification
  private let imageCount: Int
  private var chosen: [Tensor] = []
  private var found = 0

  /// A patch shorter than this is the mean colour (or, centred, any one colour) but for rounding, and has no direction: one
  /// step of one byte alone is longer.
  private static let shortest = 1e-3

  init(_ specification: PatchTokenizer.Specification, imageCount: Int) {
    self.specification = specification
    self.imageCount = imageCount
  }

  private var missing: Int { specification.config.vocabulary - found }

  /// `[V, d]` normalised pixels.
  mutating func patches(
    from source: some PatchSource, device: Device, using generator: inout some RandomNumberGenerator,
    progress: (PatchTokenizer.Progress) throws -> Void
  ) throws -> Tensor {
    let pixels = specification.pixels(on: device)
    for pass in 0..<maximumPasses where missing > 0 {
      var imagesLeft = imageCount
      try source.forEachBatch(pass: pass) { bytes in
        let values = pixels.normalized(bytes.to(device))
        add(values, imagesLeft: imagesLeft, using: &generator)
        imagesLeft -= bytes.shape[0]
        try progress(.reading(patches: found, of: specification.config.vocabulary))
        return missing > 0
      }
    }
    guard missing == 0 else { throw specification.tooFewPatches(found) }
    return Tensor.concatenate(chosen)
  }

  /// Adds patches of a batch's images, `values` being `[B, n, d]`.
  private mutating func add(_ values: Tensor, imagesLeft: Int, using generator: inout some RandomNumberGenerator) {
    let sizes = values.shape
    let flat = values.reshaped([sizes[0] * sizes[1], sizes[2]])
    let lengths = specification.centered(flat).norm([1]).array(of: Float.self)
    var rows: [Int] = []
    for image in 0..<sizes[0] where rows.count < missing {
      let left = max(1, imagesLeft - image)
      let wanted = missing - rows.count
      let share = min(wanted, (wanted + left - 1) / left)
      let own = image * sizes[1]..<(image + 1) * sizes[1]
      let usable = own.filter { Double(lengths[$0]) >= Self.shortest }
      rows += usable.sample(min(share, usable.count), using: &generator)
    }
    chosen.append(flat.indexSelect(0, Tensor(rows).to(flat.device)))
    found += rows.count
  }
}
