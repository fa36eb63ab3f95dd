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
    library("SplitMaskCore", []),
    library("DurableFiles", ["SplitMaskCore"]),
    library("Torch", ["CTorch", "CTorchKernels", "SplitMaskCore", "DurableFiles"]),
    library("TorchNN", ["SplitMaskCore", "Torch"]),
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
    library("ImageCoding", ["CImageCodecs", "SplitMaskCore"]),
    library("ImageTransforms", ["CImageCodecs", "SplitMaskCore", "ImageCoding"]),
    library("ImageData", ["SplitMaskCore", "DurableFiles", "ImageCoding"]),
    library("ImageLoading", ["CImageCodecs", "SplitMaskCore", "ImageCoding", "ImageTransforms", "ImageData"]),
    library("ShapesData", ["SplitMaskCore", "DurableFiles", "ImageCoding", "ImageData"]),
    library("DenseAnnotations", ["SplitMaskCore", "DurableFiles", "ImageCoding", "ImageData"]),
    library("DatasetDownloads", ["CZlib", "SplitMaskCore", "DurableFiles", "ImageData"]),
    library("VisionModels", ["SplitMaskCore", "DurableFiles", "Torch", "TorchNN"]),
    library(
      "Training",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageCoding", "ImageData", "ImageLoading",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    library(
      "SelfSupervision",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageCoding", "ImageTransforms",
        "ImageData", "ImageLoading", "VisionModels", "Training",
      ]),
    library(
      "Evaluation",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageTransforms", "ImageData",
        "ImageLoading", "VisionModels", "Training",
      ]),
    library(
      "Classification",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageCoding", "ImageTransforms",
        "ImageData", "ImageLoading", "VisionModels", "Training",
      ]),
    library(
      "DenseTasks",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageCoding", "ImageTransforms",
        "ImageData", "ImageLoading", "DenseAnnotations", "VisionModels", "Training",
      ]),
    library("Settings", ["SplitMaskCore", "Yams"]),
    library(
      "Runs",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageTransforms", "ImageData",
        "ImageLoading", "DenseAnnotations", "VisionModels", "Training", "SelfSupervision", "Evaluation",
        "Classification", "DenseTasks", "Settings",
      ]),
    library("Speed", ["SplitMaskCore", "Torch", "ImageLoading", "Training", "Runs"]),
    library(
      "Comparisons",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "ImageData", "DenseAnnotations", "VisionModels", "Training",
        "SelfSupervision", "Evaluation", "Classification", "DenseTasks", "Settings", "Runs",
      ]),
    library(
      "Experiments",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "ImageData", "ShapesData", "Training", "SelfSupervision",
        "Evaluation", "Settings", "Runs", "Comparisons",
      ]),
    library(
      "SplitMask",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageCoding", "ImageTransforms",
        "ImageData", "ImageLoading", "ShapesData", "DenseAnnotations", "DatasetDownloads", "VisionModels", "Training",
        "SelfSupervision", "Evaluation", "Classification", "DenseTasks", "Settings", "Runs", "Speed", "Comparisons",
        "Experiments",
      ]),
    .executableTarget(
      name: "SplitMaskCommand",
      dependencies: [
        "SplitMaskCore", "DurableFiles", "Torch", "ImageCoding", "ImageData", "ImageLoading", "ShapesData",
        "DenseAnnotations", "DatasetDownloads", "VisionModels", "Training", "SelfSupervision", "Evaluation",
        "Classification", "DenseTasks", "Settings", "Runs", "Speed", "Comparisons", "Experiments",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "TestSupport", dependencies: ["DurableFiles", "Torch", "ImageCoding", "ImageTransforms"],
      path: "Tests/TestSupport", swiftSettings: swiftSettings),
    .executableTarget(
      name: "LoaderBenchmark",
      dependencies: [
        "ImageTransforms", "ImageData", "ImageLoading",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Benchmarks/LoaderBenchmark",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "StepBenchmark",
      dependencies: [
        "SplitMaskCore", "Torch", "TorchNN", "TorchOptim", "VisionModels", "Training", "SelfSupervision",
        "Classification", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Benchmarks/StepBenchmark",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "RegionBenchmark",
      dependencies: [
        "SplitMaskCore", "DurableFiles", "Torch", "VisionModels", "DenseTasks",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Benchmarks/RegionBenchmark",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "COCOBenchmark",
      dependencies: ["DenseAnnotations", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Benchmarks/COCOBenchmark",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "ReaderFuzz",
      dependencies: [
        "SplitMaskCore", "ImageCoding", "ImageTransforms", "ImageData", "ImageLoading", "DenseAnnotations",
        "VisionModels", "Training", "Settings", "Runs",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Benchmarks/ReaderFuzz",
      swiftSettings: swiftSettings),
    tests("SplitMaskCore", ["DurableFiles", "ImageData", "TestSupport"]),
    tests("DurableFiles", ["SplitMaskCore", "TestSupport"]),
    tests("Torch", ["DurableFiles", "TestSupport"]),
    tests("TorchNN", ["Torch", "TestSupport"]),
    tests("TorchOptim", ["Torch", "TorchNN", "TestSupport"]),
    tests("ImageCoding", ["SplitMaskCore", "TestSupport"]),
    tests(
      "ImageTransforms", ["SplitMaskCore", "DurableFiles", "ImageCoding", "ImageData", "ImageLoading", "TestSupport"]),
    tests("ImageData", ["SplitMaskCore", "DurableFiles", "ImageCoding", "ImageLoading", "TestSupport"]),
    tests(
      "ImageLoading", ["SplitMaskCore", "ImageCoding", "ImageTransforms", "ImageData", "ShapesData", "TestSupport"]),
    tests("ShapesData", ["ImageCoding"]),
    tests("DenseAnnotations", ["SplitMaskCore", "DurableFiles", "ImageCoding", "ShapesData", "TestSupport"]),
    tests("DatasetDownloads", ["SplitMaskCore", "DurableFiles"]),
    tests("VisionModels", ["SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TestSupport"]),
    tests(
      "Training",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageTransforms", "ImageData",
        "ImageLoading", "ShapesData", "TestSupport",
      ]),
    tests(
      "SelfSupervision",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageCoding", "ImageTransforms",
        "ImageData", "ImageLoading", "ShapesData", "VisionModels", "Training", "TestSupport",
      ]),
    tests(
      "Evaluation",
      ["SplitMaskCore", "DurableFiles", "Torch", "ImageCoding", "ImageData", "VisionModels", "Training", "TestSupport"]),
    tests(
      "Classification",
      ["SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageCoding", "VisionModels", "Training"]),
    tests(
      "DenseTasks",
      [
        "SplitMaskCore", "Torch", "TorchNN", "ImageCoding", "ImageData", "ImageLoading", "ShapesData",
        "DenseAnnotations", "VisionModels", "TestSupport",
      ]),
    tests("Settings", []),
    tests(
      "Runs",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "ImageCoding", "ImageTransforms", "ImageData",
        "ShapesData", "VisionModels", "Training", "SelfSupervision", "Classification", "Settings", "TestSupport",
      ]),
    tests("Speed", ["Runs"]),
    tests("Comparisons", ["SplitMaskCore", "DurableFiles", "ShapesData", "Training", "Settings"]),
    tests("Experiments", ["SplitMaskCore", "ImageData", "DatasetDownloads", "Training", "Settings", "Runs"]),
    .testTarget(
      name: "SplitMaskCommandTests",
      dependencies: [
        "SplitMaskCore", "DurableFiles", "Torch", "ImageCoding", "ShapesData", "DenseAnnotations", "TestSupport",
      ],
      swiftSettings: swiftSettings),
  ],
  cxxLanguageStandard: .cxx20
)
