import Foundation
import ImageCoding
import ImageData
import ImageLoading
import ImageTransforms
import SplitMaskCore
import TestSupport
import Testing

@Suite struct AugmentationPreviewTests {
  private let size = ViewConfiguration.Size(height: 16, width: 24)

  private func pictureCount(_ page: String) -> Int { page.components(separatedBy: "<img ").count - 1 }

  @Test func aDozenImagesAreShownWithSixDrawsEach() throws {
    let folder = try pictureFolder(30)
    let images = try ImageDataset(paths: [folder.path])
    let preview = try AugmentationPreview(of: images, pixels: .imageNet, augmentation: .smallData, size: size)
    let page = try preview.html()
    #expect(pictureCount(page) == 12 * 7)
    #expect(page.contains("24 × 16 pixels") && page.contains("8-bit red, green and blue"))
    #expect(page.contains("0000.png") && page.contains("0027.png") && !page.contains("0001.png"))
    #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"))
    #expect(try preview.html() == page)
  }

  @Test func viewsAreThoseOfTheLoader() throws {
    let folder = try pictureFolder(3)
    let images = try ImageDataset(paths: [folder.path])
    let page = try AugmentationPreview(
      of: images, pixels: .imageNet, augmentation: .smallData, size: size, draws: 2, seed: 7
    ).html()
    let loader = try DataLoader(
      dataset: images, batchSize: 3, views: ViewConfiguration(encoder: size), transform: .training(.smallData),
      seed: 7, workers: 0)
    for epoch in 0..<2 {
      let batch = try #require(try loader.batches(epoch: epoch).next())
      for row in 0..<3 {
        let picture = try ImageEncoder.png(batch.views[0].picture(of: row)).base64EncodedString()
        #expect(page.contains(picture))
      }
    }
  }

  @Test func captionsSayWhichChannelsAreShownOnWhichScale() throws {
    let folder = try TemporaryFolder()
    try writeChannelImages(to: folder, under: "images", count: 4, channels: 5)
    let images = try ImageDataset(paths: [folder.path])
    let pixels = try PixelSurvey(of: images, PixelConfig()).normalization
    var augmentation = Augmentation.Config.smallData
    augmentation.channelDropout = 0.2
    let page = try AugmentationPreview(of: images, pixels: pixels, augmentation: augmentation, size: size).html()
    #expect(page.contains("red &#39;channel 1&#39; ") && page.contains(", of 5 channels"))
    let notice = try #require(page.firstMatch(of: /Without effect on such images: [^<]*/)).output
    #expect(notice.contains("augmentation.colorJitter.saturation") && !notice.contains("channelDropout"))
    for row in ["channelDropout</th><td>0.2<", "threeAugment</th><td>false<", "cropScale</th><td>0.08 to 1<"] {
      #expect(page.contains("<th scope=\"row\">augmentation.\(row)"), "\(row)")
    }
    #expect(pictureCount(page) == 4 * 7)
  }

  @Test func anImageThatCannotBeReadIsNamed() throws {
    let folder = try pictureFolder(4)
    try folder.write(Data("words".utf8), to: "words.png")
    let images = try ImageDataset(paths: [folder.path])
    let page = try AugmentationPreview(of: images, pixels: .imageNet, augmentation: .init(), size: size).html()
    #expect(pictureCount(page) == 4 * 7 && page.contains("words.png: "))
  }

  @Test func wrongSettingsAreNamed() throws {
    let folder = try pictureFolder(2)
    let images = try ImageDataset(paths: [folder.path])
    var augmentation = Augmentation.Config()
    augmentation.flipProbability = 2
    let error = #expect(throws: InvalidSetting.self) {
      try AugmentationPreview(of: images, pixels: .imageNet, augmentation: augmentation, size: size)
    }
    #expect(error?.key == "augmentation.flipProbability")
    let nothing = images.subset([Int]())
    #expect(throws: DatasetError.self) {
      try AugmentationPreview(of: nothing, pixels: .imageNet, augmentation: .init(), size: size)
    }
  }
}
