// swift-tools-version: 6.2
import Foundation
import PackageDescription

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

// The libtorch to build against, a folder with include/ and lib/: $LIBTORCH, or else the one that `make setup` puts here,
// or the one that all packages of a user share. These two are named without looking whether they are there, because
// SwiftPM keeps what a manifest says; CTorch/LibtorchCheck.h says what to do where none is.
let libtorches =
  Context.environment["LIBTORCH"].map { [$0] } ?? [
    Context.packageDirectory + "/.deps/libtorch",
    (Context.environment["HOME"] ?? "") + "/.local/share/splitmask/libtorch",
  ]
// Where the executable looks for it when it runs; a distribution looks beside itself.
let librariesAtRunTime = Context.environment["SPLITMASK_RPATH"].map { [$0] } ?? libtorches.map { $0 + "/lib" }
let hasCUDA = libtorches.first { exists($0 + "/lib") }.map { exists($0 + "/lib/libtorch_cuda.so") } ?? false

// NCCL needs its own headers and CUDA's, which come with no libtorch: the toolkit's, and libnccl-dev's beside or among them.
let cuda = Context.environment["CUDA_HOME"] ?? "/usr/local/cuda"
let hasNCCL =
  hasCUDA && exists(cuda + "/include/cuda_runtime_api.h")
  && [cuda + "/include", "/usr/include"].contains { exists($0 + "/nccl.h") }

let ncclSettings: [CXXSetting] =
  hasNCCL ? [.define("SPLITMASK_NCCL"), .unsafeFlags(["-isystem", cuda + "/include"])] : []
let torchHeaders: [CXXSetting] = [
  .unsafeFlags(
    libtorches.flatMap { ["-isystem", $0 + "/include", "-isystem", $0 + "/include/torch/csrc/api/include"] }
      + ["-include", Context.packageDirectory + "/Sources/CTorch/LibtorchCheck.h"])
]
let torchLibraries: [LinkerSetting] = [
  .unsafeFlags(
    libtorches.map { "-L" + $0 + "/lib" } + librariesAtRunTime.flatMap { ["-Xlinker", "-rpath", "-Xlinker", $0] }),
  .linkedLibrary("c10"), .linkedLibrary("torch_cpu"),
  // A CUDA libtorch registers its operators when its library is loaded, which nothing here refers to by name.
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

// A product of one target and of those whose types its interface shows.
func product(_ name: String, with others: [String]) -> Product {
  .library(name: name, targets: [name] + others)
}

let package = Package(
  name: "SplitMask",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "SplitMask", targets: ["SplitMask"]),
    product("DurableFiles", with: ["SplitMaskCore"]),
    product("ImageData", with: ["SplitMaskCore", "DurableFiles", "ImageCoding", "ImageTransforms", "ImageLoading"]),
    product("Torch", with: ["SplitMaskCore", "DurableFiles"]),
    product("TorchNN", with: ["SplitMaskCore", "DurableFiles", "Torch"]),
    product("TorchOptim", with: ["SplitMaskCore", "DurableFiles", "Torch", "TorchNN"]),
    .executable(name: "splitmask", targets: ["SplitMaskCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // No traits: SwiftPM passes two of them in a random order, and compiles the package anew when it changes.
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
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
    library("TarFiles", ["SplitMaskCore", "DurableFiles", "ImageCoding"]),
    library("ImageData", ["SplitMaskCore", "DurableFiles", "ImageCoding", "TarFiles"]),
    library("ImageLoading", ["CImageCodecs", "SplitMaskCore", "ImageCoding", "ImageTransforms", "ImageData"]),
    library(
      "ImagePacking",
      ["CImageCodecs", "SplitMaskCore", "DurableFiles", "ImageCoding", "ImageTransforms", "TarFiles", "ImageData"]),
    library("ShapesData", ["SplitMaskCore", "DurableFiles", "ImageCoding", "ImageData"]),
    library("DenseAnnotations", ["SplitMaskCore", "DurableFiles", "ImageCoding", "ImageData"]),
    library("DatasetDownloads", ["CZlib", "SplitMaskCore", "DurableFiles", "TarFiles", "ImageData"]),
    library("VisionModels", ["SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "ImageCoding"]),
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
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageCoding", "ImageTransforms",
        "ImageData",
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
    library(
      "EncoderExport",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "ImageCoding", "VisionModels", "Classification",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    library("Settings", ["SplitMaskCore", "Yams"]),
    library("TrainingCost", ["SplitMaskCore", "DurableFiles", "Torch", "ImageData", "Training", "Settings"]),
    library(
      "Runs",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageCoding", "ImageTransforms",
        "ImageData", "ImageLoading", "DenseAnnotations", "VisionModels", "Training", "SelfSupervision", "Evaluation",
        "Classification", "DenseTasks", "Settings", "TrainingCost",
      ]),
    library("Speed", ["SplitMaskCore", "Torch", "ImageLoading", "Training", "TrainingCost", "Runs"]),
    library(
      "Comparisons",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "ImageData", "ImageLoading", "DenseAnnotations", "VisionModels",
        "Training", "SelfSupervision", "Evaluation", "Classification", "DenseTasks", "Settings", "TrainingCost",
        "Runs",
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
        "ImageData", "ImageLoading", "ImagePacking", "ShapesData", "DenseAnnotations", "DatasetDownloads",
        "VisionModels",
        "Training", "SelfSupervision", "Evaluation", "Classification", "DenseTasks", "Settings", "TrainingCost", "Runs",
        "Speed",
        "Comparisons", "Experiments",
      ]),
    .executableTarget(
      name: "SplitMaskCommand",
      dependencies: [
        "SplitMaskCore", "DurableFiles", "Torch", "ImageCoding", "ImageData", "ImageLoading", "ImagePacking",
        "ShapesData",
        "DenseAnnotations", "DatasetDownloads", "VisionModels", "Training", "SelfSupervision", "Evaluation",
        "Classification", "DenseTasks", "EncoderExport", "Settings", "TrainingCost", "Runs", "Speed", "Comparisons",
        "Experiments", .product(name: "ArgumentParser", package: "swift-argument-parser"),
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
        "SplitMaskCore", "DurableFiles", "Torch", "ImageLoading", "VisionModels", "DenseTasks",
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
      "ImageTransforms",
      [
        "CImageCodecs", "SplitMaskCore", "DurableFiles", "ImageCoding", "ImageData", "ImageLoading", "TestSupport",
      ]),
    tests("TarFiles", ["TestSupport"]),
    tests("ImageData", ["SplitMaskCore", "DurableFiles", "ImageCoding", "ImageLoading", "TestSupport"]),
    tests(
      "ImageLoading", ["SplitMaskCore", "ImageCoding", "ImageTransforms", "ImageData", "ShapesData", "TestSupport"]),
    tests(
      "ImagePacking", ["SplitMaskCore", "DurableFiles", "ImageCoding", "ImageData", "ImageLoading", "TestSupport"]),
    tests("ShapesData", ["ImageCoding"]),
    tests("DenseAnnotations", ["SplitMaskCore", "DurableFiles", "ImageCoding", "ShapesData", "TestSupport"]),
    tests("DatasetDownloads", ["SplitMaskCore", "DurableFiles"]),
    tests("VisionModels", ["SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "ImageCoding", "TestSupport"]),
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
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "TorchOptim", "ImageCoding", "VisionModels", "Training",
        "TestSupport",
      ]),
    tests(
      "DenseTasks",
      [
        "SplitMaskCore", "Torch", "TorchNN", "ImageCoding", "ImageData", "ImageLoading", "ShapesData",
        "DenseAnnotations", "VisionModels", "TestSupport",
      ]),
    tests(
      "EncoderExport",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "ImageCoding", "VisionModels", "Classification",
        "TestSupport",
      ]),
    tests("Settings", []),
    tests(
      "Runs",
      [
        "SplitMaskCore", "DurableFiles", "Torch", "TorchNN", "ImageCoding", "ImageTransforms", "ImageData",
        "ShapesData", "VisionModels", "Training", "SelfSupervision", "Classification", "Settings", "TrainingCost",
        "TestSupport",
      ]),
    tests("Speed", ["TrainingCost", "Runs"]),
    tests(
      "Comparisons",
      ["SplitMaskCore", "DurableFiles", "ImageCoding", "ShapesData", "VisionModels", "Training", "Settings"]),
    tests(
      "Experiments",
      [
        "SplitMaskCore", "ImageCoding", "ImageData", "DatasetDownloads", "VisionModels", "Training", "Settings", "Runs",
        "Comparisons",
      ]),
    .testTarget(
      name: "SplitMaskCommandTests",
      dependencies: [
        "SplitMaskCore", "DurableFiles", "Torch", "ImageCoding", "ShapesData", "DenseAnnotations", "TestSupport",
      ],
      swiftSettings: swiftSettings),
  ],
  cxxLanguageStandard: .cxx20
)
