import SplitMaskCore
import Testing

@Test func anInvalidSettingNamesItsKeyFirst() {
  #expect("\(InvalidSetting("training.batchSize", "must be at least 1"))" == "training.batchSize: must be at least 1")
}
