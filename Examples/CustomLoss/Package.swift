// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "CustomLoss", platforms: [.macOS(.v15)],
  dependencies: [.package(name: "SplitMask", path: "../..")],
  targets: [
    .executableTarget(name: "CustomLoss", dependencies: [.product(name: "SplitMask", package: "SplitMask")])
  ])
