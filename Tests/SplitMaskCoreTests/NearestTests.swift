import SplitMaskCore
import Testing

@Test(arguments: [
  ("batchsize", "batchSize"), ("epoch", "epochs"), ("lerningRate", "learningRate"), ("spilt", "split"),
  ("masks", nil), ("x", nil), ("", nil),
])
func theNearestNameIsTheOneMeant(word: String, expected: String?) {
  #expect(nearest(to: word, in: ["epochs", "batchSize", "learningRate", "split", "temperature"]) == expected)
}

@Test func theFirstOfEquallyNearNamesWins() {
  #expect(nearest(to: "views", in: ["viewa", "viewb"]) == "viewa")
  #expect(nearest(to: "anything", in: []) == nil)
}
