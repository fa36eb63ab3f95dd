import DenseTasks
import ImageLoading
import Testing
import Torch

@Suite struct RoIAlignTests {
  @Test func forwardAndGradientAreThoseOfTheDefinition() throws {
    let golden = try golden("dense/regions")
    let maps = (0..<2).map { golden["map\($0)"]!.cloned() }
    for map in maps { map.requiresGradient = true }
    let images = golden["image"]!.array(of: Int.self)
    let levels = golden["level"]!.array(of: Int.self)
    let regions = boxes(golden["boxes"]!).enumerated().map {
      Region(image: images[$0.offset], box: $0.element, level: levels[$0.offset])
    }
    let output = RoIAlign(side: 3)(PyramidFeatures(maps, strides: [4, 8]), regions: regions)
    #expect(output.dtype == .float64)
    #expect(difference(output.detached(), golden["output"]) < 1e-12)
    (output * golden["output_gradient"]!).sum().backward()
    for (number, map) in maps.enumerated() { #expect(difference(map.gradient, golden["gradient\(number)"]) < 1e-11) }
  }

  @Test func halfPrecisionIsReadInSingle() throws {
    let golden = try golden("dense/regions")
    let maps = (0..<2).map { golden["map\($0)"]!.to(.bfloat16) }
    let regions = [Region(image: 1, box: Box(left: 5, top: 5, right: 40, bottom: 30), level: 0)]
    let output = RoIAlign(side: 7)(PyramidFeatures(maps, strides: [4, 8]), regions: regions)
    let exact = RoIAlign(side: 7)(
      PyramidFeatures(maps.map { $0.to(.float64) }, strides: [4, 8]), regions: regions)
    #expect(output.dtype == .float32)
    #expect(difference(output, exact) < 1e-6)
  }

  @Test func noRegionsGiveNoFeatures() {
    let map = Tensor.ones([1, 3, 4, 4])
    map.requiresGradient = true
    let output = RoIAlign(side: 7)(PyramidFeatures([map], strides: [4]), regions: [])
    #expect(output.shape == [0, 3, 7, 7])
    output.sum().backward()
    #expect(difference(map.gradient, Tensor.zeros([1, 3, 4, 4])) == 0)
  }

  @Test func theLevelFollowsTheSize() throws {
    let golden = try golden("dense/regions")
    let found = boxes(golden["sized"]!).map { Region(image: 0, box: $0).level }
    #expect(found == golden["levels"]!.array(of: Int.self))
    #expect(Set(found) == [0, 1, 2, 3])
  }
}
