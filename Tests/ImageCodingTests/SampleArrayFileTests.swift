import Foundation
import ImageCoding
import Testing

@Suite struct SampleArrayFileTests {
  @Test(arguments: SampleType.allCases) func valuesAndTypesComeBack(_ type: SampleType) throws {
    let range = type == .float32 || type == .float64 ? -1e30...1e30 : type.range
    let ends = [Float(range.lowerBound), Float(range.upperBound)]
    var file = try SampleArrayFile(width: 3, height: 2, channelCount: 2, sampleType: type)
    file.set(channel: 0, to: [0, 1, 2, 3, 4, 5])
    file.set(channel: 1, to: [7, 8, 9, 10] + ends)
    let image = EncodedImage(Data(file.bytes))
    let header = try image.sampleHeader()
    #expect(header.sampleType == type && header.channelCount == 2 && header.width == 3 && header.height == 2)
    let values = try image.decodeSamples().values
    #expect(values == [0, 7, 1, 8, 2, 9, 3, 10, 4, ends[0], 5, ends[1]])
  }

  @Test func fewerRowsThanChannelsAreRefused() {
    let error = #expect(throws: ImageError.self) {
      try SampleArrayFile(width: 9, height: 2, channelCount: 3, sampleType: .uint8)
    }
    #expect(error?.description.contains("2 rows and 3 channels") == true)
  }

  @Test func valuesThatAreNoNumbersStay() throws {
    var file = try SampleArrayFile(width: 1, height: 1, channelCount: 1, sampleType: .float32)
    file.set(channel: 0, to: [.nan])
    #expect(try EncodedImage(Data(file.bytes)).decodeSamples().values[0].isNaN)
  }
}
