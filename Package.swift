// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The libtorch to build against: $LIBTORCH (a folder with include/ and lib/), or the pinned one that `make` fetches.
let libtorch = Context.environment["LIBTORCH"] ?? Context.packageDirectory + "/.deps/libtorch"
// Where the executable looks for it when it runs; a distribution looks beside itself.
let libtorchAtRunTime = Context.environment["SPLITMASK_RPATH"] ?? libtorch + "/lib"
let hasCUDA = FileManager.default.fileExists(atPath: libtorch + "/lib/libtorch_cuda.so")

// NCCL needs its own headers and CUDA's, which come with no libtorch: the toolkit's, and libnccl-dev's beside or among them.
let cuda = Context.environment["CUDA_HOME"] ?? "/usr/local/cuda"
let hasNCCL =
  hasCUDA && FileManager.default.fileExists(atPath: cuda + "/include/cuda_runtime_api.h")
  && [cuda + "/include", "/usr/include"].contains { FileManager.default.fileExists(atPath: $0 + "/nccl.h") }

let ncclSettings: [CXXSetting] =
  hasNCCL ? [.define("SPLITMASK_NCCL"), .unsafeFlags(["-isystem", cuda + "/include"])] : []
let torchHeaders: [CXXSetting] = [
  .unsafeFlags([
    "-isystem", libtorch + "/include", "-isystem", libtorch + "/include/torch/csrc/api/include",
  ])
]
// A CUDA libtorch registers its operators when its library is loaded, which nothing here refers to by name.
let torchLibraries: [LinkerSetting] = [
  .unsafeFlags([
    "-L" + libtorch + "/lib", "-Xlinker", "-rpath", "-Xlinker", libtorchAtRunTime,
  ]),
  .linkedLibrary("c10"), .linkedLibrary("torch_cpu"),
  .unsafeFlags(
    hasCUDA
      ? ["-Xlinker", "--no-as-needed", "-ltorch_cuda", "-lc10_cuda", "-Xlinker", "--as-needed"] : []
  ),
]

let swiftSettings: [SwiftSetting] = [
  .treatAllWarnings(as: .error), .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies,
    swiftSettings: swiftSettings)
}

let package = Package(
  name: "SplitMask",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "SplitMask", targets: ["SplitMask"]),
    .executable(name: "splitmask", targets: ["SplitMaskCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    // No traits: SwiftPM passes two of them in a random order, and compiles the package anew when it changes.
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    .target(
      name: "CTorch", cxxSettings: torchHeaders + [.headerSearchPath("Gloo")] + ncclSettings,
      linkerSettings: torchLibraries),
    .target(name: "CTorchKernels", cxxSettings: torchHeaders, linkerSettings: torchLibraries),
    library("Settings", []),
    library("DurableFiles", ["Settings"]),
    library("Torch", ["CTorch", "CTorchKernels", "Settings", "DurableFiles"]),
    library("TorchNN", ["Settings", "Torch"]),
    library("TorchOptim", ["Torch", "TorchNN"]),
    .systemLibrary(
      name: "CJPEG", pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg62-turbo-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "CVips", pkgConfig: "vips", providers: [.apt(["libvips-dev"]), .brew(["vips"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(
      name: "CImageCodecs", dependencies: ["CJPEG", "CVips"], cSettings: [.unsafeFlags(["-O3"])]),
    library("ImageData", ["CImageCodecs", "Settings", "DurableFiles"]),
    library("DenseAnnotations", ["DurableFiles", "ImageData"]),
    library("DatasetDownloads", ["CZlib", "Settings", "DurableFiles", "ImageData"]),
    library("VisionModels", ["Settings", "DurableFiles", "Torch", "TorchNN"]),
    library(
      "Training",
      [
        "Settings", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageData",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    library(
      "SelfSupervision",
      [
        "Settings", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageData", "VisionModels",
        "Training",
      ]),
    library(
      "Evaluation",
      [
        "Settings", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageData", "VisionModels",
        "Training",
      ]),
    library(
      "Classification",
      [
        "Settings", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageData", "VisionModels",
        "Training",
      ]),
    library(
      "DenseTasks",
      [
        "Settings", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageData", "DenseAnnotations", "VisionModels",
        "Training",
      ]),
    library(
      "Recipes",
      [
        "Settings", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageData", "DenseAnnotations", "VisionModels",
        "Training", "SelfSupervision", "Evaluation", "Classification", "DenseTasks", "Yams",
      ]),
    library(
      "SplitMask",
      [
        "Settings", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageData", "DenseAnnotations",
        "DatasetDownloads", "VisionModels", "Training", "SelfSupervision", "Evaluation", "Classification", "DenseTasks",
        "Recipes",
      ]),
    .executableTarget(
      name: "SplitMaskCommand",
      dependencies: [
        "Settings", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageData", "DenseAnnotations",
        "DatasetDownloads", "VisionModels", "Training", "SelfSupervision", "Evaluation", "Classification", "DenseTasks",
        "Recipes",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: swiftSettings),
    .target(
      name: "TestSupport", dependencies: ["DurableFiles", "Torch"], path: "Tests/TestSupport",
      swiftSettings: swiftSettings),
    tests("Settings", []),
    .executableTarget(
      name: "LoaderBenchmark",
      dependencies: ["ImageData", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Benchmarks/LoaderBenchmark", swiftSettings: swiftSettings),
    .executableTarget(
      name: "StepBenchmark",
      dependencies: [
        "Torch", "TorchNN", "TorchOptim", "ImageData", "VisionModels", "Training", "SelfSupervision", "Classification",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Benchmarks/StepBenchmark", swiftSettings: swiftSettings),
    .executableTarget(
      name: "RegionBenchmark",
      dependencies: [
        "DurableFiles", "Torch", "ImageData", "VisionModels", "DenseTasks",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Benchmarks/RegionBenchmark", swiftSettings: swiftSettings),
    .executableTarget(
      name: "COCOBenchmark",
      dependencies: ["DenseAnnotations", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Benchmarks/COCOBenchmark", swiftSettings: swiftSettings),
    .executableTarget(
      name: "ReaderFuzz",
      dependencies: [
        "ImageData", "DenseAnnotations", "VisionModels", "Training", "Recipes",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Benchmarks/ReaderFuzz", swiftSettings: swiftSettings),
    tests("DurableFiles", []),
    tests("Torch", ["DurableFiles", "TestSupport"]),
    tests("TorchNN", ["DurableFiles", "Torch", "TestSupport"]),
    tests("TorchOptim", ["DurableFiles", "Torch", "TorchNN", "TestSupport"]),
    tests("ImageData", ["Settings", "DurableFiles"]),
    tests("DenseAnnotations", ["DurableFiles", "ImageData"]),
    tests("DatasetDownloads", ["CZlib", "Settings", "DurableFiles"]),
    tests("VisionModels", ["Settings", "DurableFiles", "Torch", "TorchNN", "TestSupport"]),
    tests("Training", ["Settings", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageData"]),
    tests(
      "SelfSupervision",
      [
        "Settings", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageData", "VisionModels", "Training",
        "TestSupport",
      ]),
    tests(
      "Evaluation",
      ["Settings", "DurableFiles", "Torch", "TorchNN", "ImageData", "VisionModels", "Training", "TestSupport"]),
    tests(
      "Classification",
      ["Settings", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageData", "VisionModels", "Training"]),
    tests(
      "Recipes",
      [
        "Settings", "DurableFiles", "Torch", "VisionModels", "ImageData", "DatasetDownloads", "Training",
        "SelfSupervision", "Classification", "TestSupport",
      ]),
    tests(
      "DenseTasks",
      ["Settings", "DurableFiles", "Torch", "TorchNN", "ImageData", "DenseAnnotations", "VisionModels", "TestSupport"]),
    .testTarget(
      name: "SplitMaskCommandTests", dependencies: ["ImageData", "DenseAnnotations", "Torch", "DurableFiles"],
      swiftSettings: swiftSettings),
  ],
  cxxLanguageStandard: .cxx20
)
