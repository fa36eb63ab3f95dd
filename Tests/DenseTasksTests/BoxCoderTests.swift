import DenseTasks
import ImageLoading
import Testing
import Torch

@Suite struct BoxCoderTests {
  @Test(arguments: [("", BoxCoder()), ("_head", BoxCoder.boxHead)])
  func agreesWithTheFormulas(_ suffix: String, _ coder: BoxCoder) throws {
    let golden = try golden("dense/boxes")
    let (bases, targets) = (boxes(golden["base"]!), boxes(golden["target"]!))
    let encoded = zip(bases, targets).map { coder.encode($1, from: $0) }
    for (found, wanted) in zip(encoded, deltas(golden["deltas" + suffix]!)) {
      for lane in 0..<4 { #expect(abs(found[lane] - wanted[lane]) < 1e-5) }
    }
    let decoded = zip(bases, deltas(golden["random_deltas"]!)).map {
      coder.decode($1, from: $0, imageWidth: 120, imageHeight: 90)
    }
    #expect(difference(tensor(decoded), golden["decoded" + suffix]) < 1e-3)
  }

  @Test func decodingInvertsEncoding() {
    let base = Box(left: 10, top: 20, right: 30, bottom: 50)
    let target = Box(left: 12, top: 8, right: 47, bottom: 33)
    let found = BoxCoder.boxHead.decode(
      BoxCoder.boxHead.encode(target, from: base), from: base, imageWidth: 100, imageHeight: 100)
    #expect(difference(tensor([found]), tensor([target])) < 1e-4)
  }
}
