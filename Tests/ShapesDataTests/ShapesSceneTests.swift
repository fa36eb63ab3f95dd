import ShapesData
import Testing

@Suite struct ShapesSceneTests {
  private func scene(_ index: Int, seed: UInt64 = 3, aspectRatio: Double = 1) -> ShapesScene {
    ShapesScene(
      seed: seed, index: index, mainShape: ShapeClass.allCases[index % ShapeClass.allCases.count],
      aspectRatio: aspectRatio)
  }

  @Test func sameArgumentsDrawTheSamePicture() {
    let (first, second) = (scene(7).render(width: 64, height: 64), scene(7).render(width: 64, height: 64))
    #expect(first.image.pixels == second.image.pixels)
    #expect(first.instanceMap == second.instanceMap)
    #expect(first.image.pixels != scene(17).render(width: 64, height: 64).image.pixels)
    #expect(first.image.pixels != scene(7, seed: 4).render(width: 64, height: 64).image.pixels)
  }

  @Test(arguments: [(96, 96), (64, 33), (31, 80)]) func groundTruthFollowsFromTheInstanceMap(width: Int, height: Int) {
    for index in 0..<40 {
      let drawn = scene(index, aspectRatio: Double(width) / Double(height)).render(width: width, height: height)
      #expect(drawn.image.width == width && drawn.image.height == height)
      #expect(drawn.image.pixels.count == width * height * 3)
      #expect(Set(drawn.instances.map(\.number)) == Set(drawn.instanceMap).subtracting([0]))
      for instance in drawn.instances {
        let places = drawn.instanceMap.indices.filter { drawn.instanceMap[$0] == instance.number }
        #expect(instance.area == places.count)
        #expect(instance.left == places.map { $0 % width }.min())
        #expect(instance.left + instance.width - 1 == places.map { $0 % width }.max())
        #expect(instance.top == places.map { $0 / width }.min())
        #expect(instance.top + instance.height - 1 == places.map { $0 / width }.max())
        #expect(decode(drawn.runLengths(of: instance), width: width, height: height) == places)
      }
    }
  }

  @Test func runLengthsOfObjectsAtTheBordersAreWellFormed() {
    var touching = 0
    for index in 0..<300 {
      let drawn = scene(index).render(width: 24, height: 24)
      for instance in drawn.instances {
        let runs = drawn.runLengths(of: instance)
        #expect(runs.reduce(0, +) == 24 * 24)
        #expect(runs.dropFirst().allSatisfy { $0 > 0 })
        if instance.left + instance.width == 24 || instance.left == 0 { touching += 1 }
      }
    }
    #expect(touching > 20, "the check saw objects at the borders")
  }

  @Test func mainObjectIsTheLargestInSight() throws {
    for index in 0..<500 {
      let drawn = scene(index).render(width: 48, height: 48)
      let largest = try #require(drawn.instances.max { $0.area < $1.area })
      #expect(largest.shape == scene(index).mainShape, "scene \(index)")
      #expect(largest.area > 48 * 48 / 20, "scene \(index)")
    }
  }

  @Test func someObjectsHideOthers() {
    // Where one object lies on another, two pixels side by side belong to different ones.
    let hiding = (0..<200).filter { index in
      let drawn = scene(index).render(width: 48, height: 48)
      return (0..<(48 * 47)).contains { place in
        let (here, below) = (drawn.instanceMap[place], drawn.instanceMap[place + 48])
        return here != 0 && below != 0 && here != below
      }
    }
    #expect(hiding.count > 40 && hiding.count < 190)
  }

  @Test func sceneDoesNotDependOnTheSizeItIsDrawnAt() {
    for index in 0..<20 {
      let small = scene(index).render(width: 40, height: 40)
      // The centre of a pixel at 40 is the centre of a pixel at 120.
      let large = scene(index).render(width: 120, height: 120)
      let thinned: [UInt8] = (0..<1600).map { place in
        let (y, x) = (place / 40 * 3 + 1, place % 40 * 3 + 1)
        return large.instanceMap[y * 120 + x]
      }
      let agreeing = zip(small.instanceMap, thinned).filter { $0 == $1 }.count
      #expect(agreeing >= 1598, "scene \(index): \(agreeing) of 1600")
    }
  }

  @Test func objectsStandOutFromTheGround() {
    var weak = 0
    for index in 0..<100 {
      let drawn = scene(index).render(width: 48, height: 48)
      guard let main = drawn.instances.max(by: { $0.area < $1.area }) else { continue }
      let difference = (0..<3).map { channel in
        abs(mean(drawn, channel: channel, of: main.number) - mean(drawn, channel: channel, of: 0))
      }.max()!
      if difference < 20 { weak += 1 }
    }
    #expect(weak < 8)
  }

  private func mean(_ drawn: ShapesRendering, channel: Int, of number: UInt8) -> Double {
    let places = drawn.instanceMap.indices.filter { drawn.instanceMap[$0] == number }
    return places.map { Double(drawn.image.pixels[$0 * 3 + channel]) }.reduce(0, +) / Double(places.count)
  }

  /// Row-major places of the pixels inside, in order.
  private func decode(_ runs: [Int], width: Int, height: Int) -> [Int] {
    var places: [Int] = []
    var position = 0
    for (number, run) in runs.enumerated() {
      if number % 2 == 1 {
        places += (position..<(position + run)).map { $0 % height * width + $0 / height }
      }
      position += run
    }
    return places.sorted()
  }
}
