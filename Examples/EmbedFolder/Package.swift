// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "EmbedFolder", platforms: [.macOS(.v15)],
  dependencies: [.package(name: "SplitMask", path: "../..")],
  targets: [
    .executableTarget(name: "EmbedFolder", dependencies: [.product(name: "SplitMask", package: "SplitMask")])
  ])
