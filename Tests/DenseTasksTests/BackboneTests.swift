import DenseTasks
import ImageCoding
import SplitMaskCore
import Testing
import Torch
import TorchNN
import VisionModels

@Suite struct DenseImagesTests {
  @Test func pixelsOutsideAnImageAreZero() {
    var draws = SplitMix64(state: 1)
    let bytes = draws.bytes([2, 32, 64, 3])
    let sizes = [ImageSize(height: 32, width: 64), ImageSize(height: 19, width: 40)]
    let images = DenseImages(bytes: bytes, sizes: sizes)
    #expect(images.paddedSize == sizes[0] && images.grid.count == 8)
    #expect(images.ownPaddedSizes == [ImageSize(height: 32, width: 64), ImageSize(height: 32, width: 64)])
    // Back to [B, 3, H, W].
    let pixels = images.patches.reshaped([2, 2, 4, 3, 16, 16]).permuted([0, 3, 1, 4, 2, 5]).reshaped([2, 3, 32, 64])
    let normalization = PixelNormalization.imageNet
    let mean = Tensor(normalization.mean.map(Float.init), shape: [1, 3, 1, 1])
    let deviation = Tensor(normalization.standardDeviation.map(Float.init), shape: [1, 3, 1, 1])
    let wanted = (bytes.to(.float32).permuted([0, 3, 1, 2]) / 255 - mean) / deviation
    #expect(difference(pixels.selected(0, 0), wanted.selected(0, 0)) < 1e-5)
    func corner(_ tensor: Tensor) -> Tensor {
      tensor.selected(0, 1).narrowed(1, start: 0, count: 19).narrowed(2, start: 0, count: 40)
    }
    #expect(difference(corner(pixels), corner(wanted)) < 1e-5)
    let all = pixels.selected(0, 1).absolute().sum().item()
    #expect(abs(all - corner(pixels).absolute().sum().item()) < 1e-2, "nothing is outside the image")
  }
}

@Suite struct FourierPositionEncodingTests {
  @Test func agreesWithThePublishedModule() throws {
    let golden = try golden("dense/detection").part("positions")
    var generator = SplitMix64(state: 2)
    let module = FourierPositionEncoding(dimension: 8, using: &generator)
    try module.loadParameters(from: golden)
    #expect(difference(module(PatchGrid(rows: 3, columns: 5)), golden["output"]) < 1e-5)
  }
}

@Suite struct FeaturePyramidAdapterTests {
  @Test func agreesInTrainingAndEvaluation() throws {
    let golden = try golden("dense/detection").part("adapter")
    var generator = SplitMix64(state: 2)
    let adapter = FeaturePyramidAdapter(dimension: 4, using: &generator)
    try adapter.loadParameters(from: golden)
    let maps = (0..<4).map { golden["input\($0)"]! }
    #expect(difference(adapter(maps, training: false)[0], golden["evaluation"]) < 1e-5)
    for (number, output) in adapter(maps, training: true).enumerated() {
      #expect(difference(output, golden["output\(number)"]) < 1e-5)
    }
    let state = adapter.stateDictionary
    #expect(difference(state["fpn1.1.running_mean"], golden["mean_after"]) < 1e-6)
    #expect(difference(state["fpn1.1.running_var"], golden["variance_after"]) < 1e-6)
  }

  @Test func mapsComeFromEveryQuarterOfTheBlocks() {
    #expect(FeaturePyramidAdapter.blocks(depth: 12) == [3, 6, 9, 12])
  }
}

@Suite struct DenseBackboneTests {
  private func backbone(_ positions: DensePositions, _ encoder: VisionTransformer) throws -> DenseBackbone {
    var generator = SplitMix64(state: 8)
    return try DenseBackbone(encoder, positions: positions, using: &generator)
  }

  private func images(height: Int, width: Int) -> DenseImages {
    var draws = SplitMix64(state: 9)
    return DenseImages(
      bytes: draws.bytes([1, height, width, 3]), sizes: [ImageSize(height: height, width: width)])
  }

  @Test(arguments: DensePositions.allCases) func mapsOfAnySize(_ positions: DensePositions) throws {
    let backbone = try backbone(positions, smallEncoder())
    for (height, width) in [(64, 96), (96, 32)] {
      let maps = backbone(images(height: height, width: width), training: false)
      #expect(maps.map(\.shape) == DenseBackbone.strides.map { [1, 16, height / $0, width / $0] })
    }
  }

  @Test(arguments: DensePositions.allCases) func positionsDecideWhatIsSeen(_ positions: DensePositions) throws {
    let encoder = try smallEncoder()
    let images = images(height: 64, width: 64)
    let maps = try backbone(positions, encoder)(images, training: false)
    // The published stride-16 map is the third quarter's tokens as they are.
    let grid = images.grid
    let table: Tensor =
      switch positions {
      case .fourier: try backbone(.fourier, encoder).positionEncoding!(grid)
      case .sineCosine: SineCosinePositions.table(grid: grid, dimension: 16)
      case .resampled:
        encoder.patchPositions!.reshaped([1, 4, 6, 16]).permuted([0, 3, 1, 2]).resizedBicubic(height: 4, width: 4)
          .permuted([0, 2, 3, 1]).reshaped([16, 16])
      }
    let tokens = encoder.hiddenTokens(images.patches, afterBlocks: [3], positions: table)[0]
    let map = tokens.narrowed(1, start: 1, count: 16).reshaped([1, 4, 4, 16]).permuted([0, 3, 1, 2])
    #expect(difference(maps[2], map) < 1e-5)
  }

  @Test func theTableIsTakenAsItIsForItsOwnGrid() throws {
    let encoder = try smallEncoder(relative: .shared)
    let images = images(height: 64, width: 96)
    let maps = try backbone(.resampled, encoder)(images, training: false)
    let tokens = encoder.hiddenTokens(images.patches, afterBlocks: [3])[0]
    let map = tokens.narrowed(1, start: 1, count: 24).reshaped([1, 4, 6, 16]).permuted([0, 3, 1, 2])
    #expect(difference(maps[2], map) == 0)
  }

  @Test func impossibleEncodersAreRefused() throws {
    #expect(throws: InvalidSetting.self) { try backbone(.fourier, smallEncoder(depth: 6)) }
    var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(64), patchSize: 8)
    (config.width, config.depth, config.headCount) = (16, 4, 2)
    var generator = SplitMix64(state: 5)
    let fine = try VisionTransformer(config, using: &generator)
    #expect(throws: InvalidSetting.self) { try backbone(.fourier, fine) }
  }
}
