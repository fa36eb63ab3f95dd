import Classification
import Foundation
import SplitMaskCore
import Testing
import Torch

@Suite struct RandomErasingTests {
  @Test func rectanglesFollowTimmsLaw() throws {
    let fact = try GoldenFacts.read().erasing
    let boxes = (0..<40_000).map { index in
      var generator = SeededGenerator(seed: 4, index: index, purpose: .erasing)
      return RandomErasing().draw(height: fact.height, width: fact.width, using: &generator)
    }
    let found = boxes.compactMap { $0 }
    #expect(abs(Double(found.count) / 40_000 - fact.share) < 0.01)
    let area = moments(found.map { Double($0.width * $0.height) / Double(fact.height * fact.width) })
    #expect(abs(area.mean - fact.areaMean) < 0.004)
    #expect(abs(area.deviation - fact.areaDeviation) < 0.004)
    let aspect = moments(found.map { log(Double($0.height) / Double($0.width)) })
    #expect(abs(aspect.mean - fact.logAspectMean) < 0.03)
    #expect(abs(aspect.deviation - fact.logAspectDeviation) < 0.03)
    #expect(found.allSatisfy { $0.left + $0.width <= fact.width && $0.top + $0.height <= fact.height })
    #expect(found.contains { $0.left + $0.width == fact.width } && found.contains { $0.top == 0 })
  }

  @Test func rectanglesAreFilledWithNormalNoise() {
    let images = Tensor.full([64, 20, 24, 3], 99)
    var generator = SeededGenerator(seed: 2, purpose: .erasing)
    var config = RandomErasing.Config()
    config.probability = 0.5
    RandomErasing(config).apply(to: images, using: &generator)
    let values = images.array(of: Double.self)
    let noise = values.filter { $0 != 99 }
    let law = moments(noise)
    #expect(abs(law.mean) < 0.04)
    #expect(abs(law.deviation - 1) < 0.04)
    #expect(Set(noise).count > noise.count * 9 / 10, "every value is a draw of its own")
    // Each image is whole or has one rectangle, in all channels.
    var erased = 0
    for image in 0..<64 {
      let places = (0..<480).filter { values[(image * 480 + $0) * 3] != 99 }
      guard let first = places.first, let last = places.last else { continue }
      erased += 1
      let columns = Set(places.map { $0 % 24 })
      #expect(places.count == columns.count * (last / 24 - first / 24 + 1))
      #expect(places.allSatisfy { values[(image * 480 + $0) * 3 + 2] != 99 })
    }
    #expect((20...44).contains(erased))
  }

  @Test func settingsAreChecked() throws {
    try RandomErasing.Config().validate()
    let changes: [(String, (inout RandomErasing.Config) -> Void)] = [
      ("probability", { $0.probability = 1.5 }), ("area", { $0.area = 0...0.5 }), ("aspect", { $0.aspect = 0...1 }),
    ]
    for (key, change) in changes {
      var config = RandomErasing.Config()
      change(&config)
      let error = #expect(throws: InvalidSetting.self) { try config.validate() }
      #expect(error?.key == "erasing." + key)
    }
  }
}
