import Testing
import Training

@Test func onlyTheFirstRequestToStopIsTheFirst() async {
  let flag = StopFlag()
  #expect(!flag.isRequested)
  let firsts = await withTaskGroup(of: Bool.self) { group in
    for _ in 0..<100 { group.addTask { flag.request() } }
    return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
  }
  #expect(firsts == 1)
  #expect(flag.isRequested)
}
