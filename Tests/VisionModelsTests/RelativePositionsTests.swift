import Testing
import Torch
import VisionModels

@Suite struct RelativePositionsTests {
  @Test(arguments: [1, 0]) func sequencesTakeTheRowsAndColumnsOfTheirPlaces(prefix: Int) {
    let positions = RelativePositions(grid: PatchGrid(rows: 3, columns: 4), prefixCount: prefix)
    #expect(positions.rowCount == 5 * 7 + 3 * prefix)
    var random = SplitMix64(state: 1)
    let table = random.tensor([positions.rowCount, 2])
    let whole = RelativePositions.bias(table, at: positions.index(nil, on: .cpu))
    let length = 12 + prefix
    #expect(whole.shape == [1, 2, length, length])
    let places: [[Int]] = [[0, 7, 3, 11], [5, 2, 0, 1]]
    let chosen = RelativePositions.bias(
      table, at: positions.index(Tensor(places.flatMap { $0 }, shape: [2, 4]), on: .cpu))
    #expect(chosen.shape == [2, 2, 4, 4])
    for (sequence, own) in places.enumerated() {
      let rows = Tensor(own)
      let expected = whole.selected(0, 0).indexSelect(1, rows).indexSelect(2, rows)
      #expect(chosen.selected(0, sequence).hasSameValues(as: expected))
    }
  }

  @Test func equalDifferencesShareARow() {
    let index = RelativePositions(grid: PatchGrid(rows: 2, columns: 2), prefixCount: 1).index(nil, on: .cpu)
    // Rows of 3: up, same, down; columns likewise. The class token's three rows follow the nine.
    #expect(
      index.array() == [
        11, 9, 9, 9, 9, 10, 4, 3, 1, 0, 10, 5, 4, 2, 1, 10, 7, 6, 4, 3, 10, 8, 7, 5, 4,
      ])
  }

  @Test func aTableIsResampledAsTimmDoes() throws {
    let golden = try golden("beit/timm_beit")
    let found = RelativePositions.resampled(
      golden["table"]!, from: PatchGrid(rows: 4, columns: 4), to: PatchGrid(rows: 6, columns: 6))
    #expect(difference(found, golden["resampled_table"]) < 1e-5)
  }
}
