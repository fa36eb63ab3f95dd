import DatasetDownloads
import Foundation
import SplitMaskCore
import Testing

@Suite struct DownloadableDatasetTests {
  @Test func theRegistryIsInOrder() throws {
    let all = DownloadableDataset.all
    #expect(Set(all.map(\.name)).count == all.count)
    for dataset in all {
      #expect(try DownloadableDataset.named(dataset.name) == dataset)
      #expect(!dataset.summary.isEmpty && !dataset.terms.isEmpty && !dataset.layout.isEmpty)
      #expect(Set(dataset.files.map(\.url.lastPathComponent)).count == dataset.files.count, "\(dataset.name)")
      for file in dataset.files {
        #expect(["http", "https"].contains(file.url.scheme) && (file.size ?? 1) > 0)
        switch file.checksum {
        case .md5(let digits): #expect(digits.count == 32 && digits.allSatisfy(\.isHexDigit))
        case .sha256(let digits): #expect(digits.count == 64 && digits.allSatisfy(\.isHexDigit))
        case nil: break
        }
      }
    }
  }

  @Test func anUnknownNameNamesTheNearest() {
    let error = #expect(throws: InvalidSetting.self) { try DownloadableDataset.named("food101") }
    #expect(error?.problem.hasSuffix("did you mean food-101?") == true)
  }
}
