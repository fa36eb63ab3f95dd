import Testing
import Torch
import VisionModels

@Suite struct PositionTableTests {
  @Test(arguments: ["published", "small", "oblong", "larger"])
  func interpolationAndItsGradientEqualDINOs(name: String) throws {
    let golden = try VisionModelsTests.golden("dino/positions")
    let grids: [Int] = golden["\(name).grids"]!.array()
    let input = golden["\(name).input"]!
    input.requiresGradient = true
    let output = PositionTable.interpolated(
      input, from: PatchGrid(rows: grids[0], columns: grids[1]), to: PatchGrid(rows: grids[2], columns: grids[3]))
    #expect(difference(output.detached(), golden["\(name).output"]) < 1e-5)
    (output * golden["\(name).output_gradient"]!).sum().backward()
    #expect(difference(input.gradient, golden["\(name).gradient"]) < 1e-5)
  }

  @Test func theOwnGridIsLeftAsItIs() {
    var generator = SplitMix64(state: 3)
    let table = generator.tensor([6, 4])
    let grid = PatchGrid(rows: 2, columns: 3)
    #expect(PositionTable.interpolated(table, from: grid, to: grid) === table)
  }
}
