import Foundation
import SplitMaskCore
import Testing
import VisionModels

@Suite struct VisionTransformerConfigTests {
  @Test func shapesAreThePapers() {
    let expected: [VisionTransformer.Architecture: [Int]] = [
      .tiny: [192, 12, 3], .small: [384, 12, 6], .base: [768, 12, 12], .large: [1024, 24, 16],
    ]
    for architecture in VisionTransformer.Architecture.allCases {
      let config = VisionTransformer.Config(architecture)
      #expect([config.embeddingDimension, config.blockCount, config.heads] == expected[architecture])
      #expect(config.grid == PatchGrid(rows: 14, columns: 14) && config.grid.count == 196)
    }
  }

  @Test func oblongImagesHaveOblongGrids() throws {
    let config = VisionTransformer.Config(.tiny, imageSize: ImageSize(height: 224, width: 160), patchSize: 16)
    try config.validate()
    #expect(config.grid == PatchGrid(rows: 14, columns: 10))
  }

  @Test func unusableShapesAreRefused() {
    func problem(_ change: (inout VisionTransformer.Config) -> Void) -> InvalidSetting? {
      var config = VisionTransformer.Config(.tiny)
      change(&config)
      return #expect(throws: InvalidSetting.self) { try config.validate() }
    }
    #expect(problem { $0.patchSize = 0 }?.key == "model.patchSize")
    #expect(problem { $0.width = 0 }?.key == "model.width")
    #expect(problem { $0.depth = 0 }?.key == "model.depth")
    #expect(problem { $0.mlpRatio = 0 }?.key == "model.mlpRatio")
    #expect(problem { $0.headCount = 5 }?.description == "model.headCount: 5 heads do not divide a width of 192")
    #expect(problem { $0.stochasticDepthRate = 1 }?.key == "model.stochasticDepthRate")
    #expect(problem { $0.stochasticDepthRate = -0.1 }?.key == "model.stochasticDepthRate")
    let patches = problem { ($0.imageSize, $0.patchSize) = (ImageSize(height: 224, width: 100), 16) }
    #expect(patches?.key == "model.patchSize")
    #expect(patches?.problem.contains("image size such as 96") == true)
    #expect(problem { $0.imageSize = ImageSize(8) }?.key == "model.patchSize")
  }

  @Test func imageSizesAreOneNumberOrTwo() throws {
    func decoded(_ json: String) throws -> ImageSize {
      try JSONDecoder().decode([ImageSize].self, from: Data("[\(json)]".utf8))[0]
    }
    #expect(try decoded("224") == ImageSize(224))
    #expect(try decoded("[160, 224]") == ImageSize(height: 160, width: 224))
    #expect(throws: DecodingError.self) { try decoded("[1, 2, 3]") }
    #expect(throws: DecodingError.self) { try decoded("\"big\"") }
    let encoded = try JSONEncoder().encode([ImageSize(7), ImageSize(height: 1, width: 2)])
    #expect(String(decoding: encoded, as: UTF8.self) == "[7,[1,2]]")
    #expect("\(ImageSize(7)) \(ImageSize(height: 1, width: 2))" == "7 1x2")
  }

  @Test func aConfigSurvivesJSON() throws {
    let config = smallConfig(height: 12, width: 20, classToken: false)
    let data = try JSONEncoder().encode(config)
    #expect(try JSONDecoder().decode(VisionTransformer.Config.self, from: data) == config)
  }
}
