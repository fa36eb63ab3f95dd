import Foundation

extension DownloadableDataset {
  /// The data sets that are known, in the order of a listing.
  ///
  /// Sizes and checksums are the makers' own where they publish any (CIFAR-10's page, iNaturalist's), else what the
  /// catalogues torchvision and TensorFlow Datasets have recorded; where neither has one, the size the server tells is
  /// the only check.
  public static let all: [DownloadableDataset] =
    [cifar10, food101, iNaturalist2018, iNaturalist2019] + domainNet + [stanfordCars, coco2017, ade20k, pennFudan]

  private static func url(_ text: StaticString) -> URL { URL(string: "\(text)")! }

  private static let cifar10 = DownloadableDataset(
    name: "cifar-10", summary: "60,000 photographs of 32 pixels, ten classes (binary version)",
    terms: "free to use; cite Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
    files: [
      // The checksum is on the data set's page, the size in TensorFlow Datasets.
      RemoteFile(
        url("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"), size: 170_052_171,
        checksum: .md5("c32a1d4ab5d03f1284b67883e8d87530"), packing: .tarGzip)
    ],
    layout: "cifar-10-batches-bin/ with five training files and one test file")

  private static let food101 = DownloadableDataset(
    name: "food-101", summary: "101,000 photographs of 101 dishes",
    terms: "for research; the photographs are their owners' (Foodspotting)",
    files: [
      // The checksum is torchvision's, the size TensorFlow Datasets'.
      RemoteFile(
        url("http://data.vision.ee.ethz.ch/cvl/food-101.tar.gz"), size: 4_996_278_331,
        checksum: .md5("85eeb15f3717b99a5da872d97d918f87"), packing: .tarGzip)
    ],
    layout: "food-101/images/CLASS/, food-101/meta/train.txt and test.txt")

  private static let iNaturalist2018 = DownloadableDataset(
    name: "inaturalist-2018", summary: "461,939 photographs of 8,142 species",
    terms: "for research and education, not for sale; see the competition's terms of use",
    files: [
      // The checksums are on the competition's page, the sizes in TensorFlow Datasets.
      RemoteFile(
        url("https://ml-inat-competition-datasets.s3.amazonaws.com/2018/train_val2018.tar.gz"), size: 127_945_569_561,
        checksum: .md5("b1c6952ce38f31868cc50ea72d066cc3"), packing: .tarGzip),
      RemoteFile(
        url("https://ml-inat-competition-datasets.s3.amazonaws.com/2018/train2018.json.tar.gz"), size: 20_951_917,
        checksum: .md5("bfa29d89d629cbf04d826a720c0a68b0"), packing: .tarGzip),
      RemoteFile(
        url("https://ml-inat-competition-datasets.s3.amazonaws.com/2018/val2018.json.tar.gz"), size: 1_276_686,
        checksum: .md5("f2ed8bfe3e9901cdefceb4e53cd3775d"), packing: .tarGzip),
    ],
    layout: "train_val2018/, train2018.json, val2018.json")

  private static let iNaturalist2019 = DownloadableDataset(
    name: "inaturalist-2019", summary: "268,243 photographs of 1,010 species",
    terms: "for research and education, not for sale; see the competition's terms of use",
    files: [
      // The checksums are on the competition's page, which gives sizes in whole gigabytes only.
      RemoteFile(
        url("https://ml-inat-competition-datasets.s3.amazonaws.com/2019/train_val2019.tar.gz"),
        checksum: .md5("c60a6e2962c9b8ccbd458d12c8582644"), packing: .tarGzip),
      RemoteFile(
        url("https://ml-inat-competition-datasets.s3.amazonaws.com/2019/train2019.json.tar.gz"),
        checksum: .md5("b06a6683537867c0d5c7a45f407a306d"), packing: .tarGzip),
      RemoteFile(
        url("https://ml-inat-competition-datasets.s3.amazonaws.com/2019/val2019.json.tar.gz"),
        checksum: .md5("5cc5509b0fe495f1c8c1362612448497"), packing: .tarGzip),
    ],
    layout: "train_val2019/, train2019.json, val2019.json")

  /// The three domains of the paper, the cleaned versions where there are such. Sizes and checksums are TensorFlow
  /// Datasets'.
  private static let domainNet = [
    domain(
      "clipart", url("http://csr.bu.edu/ftp/visda/2019/multi-source/groundtruth/clipart.zip"), 1_270_909_081,
      "f8f248a3e8bbc9868c523ae24e6601b4c2ad102afc60c0efeb4f3255df22354d",
      lists: [
        (1_443_819, "affdadf5f95a7583e6b98030a3d35007e2613ee4dd942393c5a705ec2b429312"),
        (628_917, "62c8e36aaba1c41ad9e249099739707220a44c08f167b37ef420f34a31628a6b"),
      ]),
    domain(
      "painting", url("http://csr.bu.edu/ftp/visda/2019/multi-source/groundtruth/painting.zip"), 3_679_366_174,
      "fa47e6d405503ea0286cabd767f176bd30e988b63ddd7b9db16cf030c9770015",
      lists: [
        (2_241_901, "f1da38d50a702fddf1329f85bc607d7a2abcae7e6aec75e1fd49cc1bd340d47b"),
        (971_888, "11472b13b5188e09f06918b12eebb660588c97a20e43e268d9b02e3e37eb8f97"),
      ]),
    domain(
      "sketch", url("http://csr.bu.edu/ftp/visda/2019/multi-source/sketch.zip"), 2_633_992_926,
      "23a7dbae7016b343e934399beaa8a68728fb5e570ebe2c71df9b75cf91c499fc",
      lists: [
        (1_960_222, "72f4bc6afa5702a1ccba800d0053c1427de87439dfaf246dbc9a2e71abfec54f"),
        (850_581, "3fb48fca18c507c4321f007c3f62b308ec232ff6928cbfe2af64e76ec366e840"),
      ]),
  ]

  private static func domain(
    _ name: String, _ archive: URL, _ size: Int, _ digits: String, lists: [(size: Int, digits: String)]
  ) -> DownloadableDataset {
    let folder = url("http://csr.bu.edu/ftp/visda/2019/multi-source/domainnet/txt")
    let listFiles = zip(["train", "test"], lists).map { part, list in
      RemoteFile(
        folder.appendingPathComponent("\(name)_\(part).txt"), size: list.size, checksum: .sha256(list.digits),
        packing: .none)
    }
    return DownloadableDataset(
      name: "domainnet-\(name)", summary: "DomainNet's domain \(name), 345 classes",
      terms: "for research, without commercial use, as fair use of others' pictures",
      files: [RemoteFile(archive, size: size, checksum: .sha256(digits), packing: .zip)] + listFiles,
      layout: "\(name)/CLASS/, \(name)_train.txt and \(name)_test.txt")
  }

  private static let stanfordCars = DownloadableDataset(
    name: "stanford-cars", summary: "16,185 photographs of 196 models of cars",
    terms: "for research", files: [],
    layout: """
      Its page at Stanford is closed. Take car_ims.tgz (or cars_train.tgz and cars_test.tgz) with devkit/cars_train_annos.mat \
      and cars_test_annos_withlabels.mat from someone who has them, and unpack them into one folder
      """)

  /// Sizes and checksums are TensorFlow Datasets'; COCO publishes none.
  private static let coco2017 = DownloadableDataset(
    name: "coco-2017", summary: "COCO 2017: 118,287 training and 5,000 validation photographs with objects",
    terms: "annotations CC BY 4.0; the photographs are their owners' (Flickr)",
    files: [
      RemoteFile(
        url("http://images.cocodataset.org/annotations/annotations_trainval2017.zip"), size: 252_907_541,
        checksum: .sha256("113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268"), packing: .zip),
      RemoteFile(
        url("http://images.cocodataset.org/zips/val2017.zip"), size: 815_585_330,
        checksum: .sha256("4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05"), packing: .zip),
      RemoteFile(
        url("http://images.cocodataset.org/zips/train2017.zip"), size: 19_336_861_798,
        checksum: .sha256("69a8bb58ea5f8f99d24875f21416de2e9ded3178e903f1f7603e283b9e06d929"), packing: .zip),
    ],
    layout: "train2017/, val2017/, annotations/")

  private static let ade20k = DownloadableDataset(
    name: "ade20k", summary: "ADE20k's scene parsing benchmark: 22,210 photographs with label maps, 150 classes",
    terms: "annotations BSD 3-Clause; photographs for research and education",
    files: [
      // Both are TensorFlow Datasets'.
      RemoteFile(
        url("http://data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip"), size: 967_382_037,
        checksum: .sha256("7ff1be44964418441f542a7cc1e1a650e7dc0fc275f5d23252bc9bbdbc977b29"), packing: .zip)
    ],
    layout: "ADEChallengeData2016/images/ and annotations/, training and validation in each")

  private static let pennFudan = DownloadableDataset(
    name: "penn-fudan", summary: "170 photographs with 345 pedestrians and their masks",
    terms: "for research; cite Wang, Shi, Song and Shen, Object Detection Combining Recognition and Segmentation, 2007",
    files: [
      // No checksum is published; the size is the server's.
      RemoteFile(
        url("https://www.cis.upenn.edu/~jshi/ped_html/PennFudanPed.zip"), size: 53_723_336, packing: .zip)
    ],
    layout: "PennFudanPed/PNGImages/ and PedMasks/")
}
