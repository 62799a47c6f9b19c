// swift-tools-version: 6.2

import PackageDescription

// Who takes the product MultiBox gets no other package: those are used under traits alone, and SwiftPM
// does not even resolve what no enabled trait asks for.
let traits: Set<Trait> = [
  .default(enabledTraits: []),
  .trait(
    name: "Libraries",
    description: "The libraries beside MultiBox: datasets, model files, detectors, training."),
  .trait(
    name: "CommandLine", description: "The executables, and with them the libraries.",
    enabledTraits: ["Libraries"]),
  // Formats of images, each with a library of the system. The Makefile enables those that pkg-config
  // finds; the sources ask for them by the same names.
  .trait(name: "WebP", description: "WebP images, by libwebp.", enabledTraits: ["Libraries"]),
  .trait(name: "TIFF", description: "TIFF images, by libtiff.", enabledTraits: ["Libraries"]),
  .trait(name: "GIF", description: "GIF images, by giflib.", enabledTraits: ["Libraries"]),
  .trait(
    name: "HEIF", description: "HEIC and AVIF images, by libheif.", enabledTraits: ["Libraries"]),
]

func product(_ name: String, of package: String, trait: String) -> Target.Dependency {
  .product(name: name, package: package, condition: .when(traits: [trait]))
}

/// A system library. Under the trait too: else pkg-config looks for it, and warns, in every build of
/// whoever takes the heart.
func systemLibrary(_ name: String, trait: String = "Libraries") -> Target.Dependency {
  .target(name: name, condition: .when(traits: [trait]))
}

let protobuf = product("SwiftProtobuf", of: "swift-protobuf", trait: "Libraries")
let yaml = product("Yams", of: "Yams", trait: "Libraries")
let argumentParser = product("ArgumentParser", of: "swift-argument-parser", trait: "CommandLine")
let logging = product("Logging", of: "swift-log", trait: "CommandLine")

func value(_ variable: String) -> String? {
  Context.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
}

// Nothing but the heart and its tests, in seconds: SwiftPM builds every target of a root package,
// whatever its traits, and a manifest is not told which are enabled.
let isHeartAlone = value("MULTIBOX_HEART") != nil
// The benchmarks and the examples too, which nobody gets who takes MultiBox. As targets of this package they
// are built with what `make build` has built; each example is a package as well, for those who read it.
let hasExtras = value("MULTIBOX_EXTRAS") != nil

// `multibox-serve` stands on Hummingbird, which with all that it brings takes longer to build than this
// package. A trait would not do: a root package builds every target, whatever its traits, and each trait is
// a flag of all modules, which would be built anew for it. So the target and its packages are there where this
// is set, as `make serve` does, in a build folder of its own.
let hasServer = value("MULTIBOX_SERVE") != nil

let serverPackages: [Package.Dependency] = [
  .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
  .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
  .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
  .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
]
let others: [Package.Dependency] = [
  .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
]
let dependencies = isHeartAlone ? [] : others + (hasServer ? serverPackages : [])

// SwiftPM caches the manifest by its text and the environment, so what is on disk must not decide here:
// the targets on LibTorch and OpenVINO exist exactly when LIBTORCH and OPENVINO name them. The
// Makefile sets both. Their unsafe flags are no hindrance to a dependency by version: SwiftPM allows
// them to packages of tools version 6.2 and later.
let libtorch = value("LIBTORCH")
let openvino = value("OPENVINO")
// A LibTorch with CUDA registers its kernels when its library is loaded, and nothing here names them:
// the linker would leave it out. All by -Xlinker, which keeps the order.
let libtorchCUDA = value("LIBTORCH_CUDA")
// Where it is not 1, it names the folders of CUDA and NCCL, and NCCL is built in: libtorch_cuda brings its code, and
// their headers say how. /usr/include stays where the compiler looks for it by itself, behind all others.
let cudaFolders = (libtorchCUDA ?? "1").split(separator: ":").filter { $0 != "1" }
let ncclFlags =
  cudaFolders.isEmpty
  ? []
  : ["-DMULTIBOX_NCCL"]
    + cudaFolders.filter { $0 != "/usr" }.flatMap { ["-isystem", "\($0)/include"] }
let cudaFlags =
  libtorchCUDA == nil
  ? []
  : ["--push-state", "--no-as-needed", "-ltorch_cuda", "-lc10_cuda", "--pop-state"]
    .flatMap { ["-Xlinker", $0] }

let heart: [Target] = [
  // The C library and Dispatch are all it imports.
  .target(name: "MultiBox"),
  // What the tests of all modules share; no product holds it.
  .target(name: "TestSupport", dependencies: ["MultiBox"], path: "Tests/TestSupport"),
  .testTarget(
    name: "MultiBoxTests", dependencies: ["MultiBox", "TestSupport"], exclude: ["Goldens"]),
  // By itself, because optimized code does not say the messages.
  .testTarget(name: "PreconditionTests", dependencies: ["MultiBox"]),
]

// What is measured of the heart alone, and a program that repeats it while its instructions are counted.
let heartMeasurements: [Target] = [
  .target(
    name: "HeartMeasurements", dependencies: ["MultiBox"], path: "Benchmarks/HeartMeasurements"),
  .executableTarget(
    name: "multibox-count", dependencies: ["HeartMeasurements", "MultiBox"],
    path: "Benchmarks/multibox-count"),
]

let heartProduct = Product.library(name: "MultiBox", targets: ["MultiBox"])

var products: [Product] = [
  .library(name: "Files", targets: ["Files"]),
  .library(name: "ImageFiles", targets: ["ImageFiles"]),
  .library(name: "NetworkInput", targets: ["NetworkInput"]),
  .library(name: "Datasets", targets: ["Datasets"]),
  .library(name: "TrainingInput", targets: ["TrainingInput"]),
  .library(name: "ModelFiles", targets: ["ModelFiles"]),
  .library(name: "NetworkGraphs", targets: ["NetworkGraphs"]),
  .library(name: "Detectors", targets: ["Detectors"]),
  .library(name: "Runs", targets: ["Runs"]),
  .library(name: "SSDReport", targets: ["SSDReport"]),
  .executable(name: "multibox", targets: ["multibox-cli"]),
]

// The readers of files from outside, all of them: a test runs each with its corpus, and under libFuzzer,
// whose library MULTIBOX_FUZZ names, they are a program. Scripts/fuzz/run builds it.
let fuzzDependencies: [Target.Dependency] = [
  "MultiBox", "Files", "ImageFiles", "Datasets", "NetworkInput", "ModelFiles", "Detectors", "Runs",
  "Serving",
]
let fuzzTarget: Target =
  if let fuzzer = value("MULTIBOX_FUZZ") {
    .executableTarget(
      name: "multibox-fuzz", dependencies: fuzzDependencies, path: "Tests/FuzzTests",
      exclude: ["Corpus", "CorpusTests.swift"],
      linkerSettings: [.unsafeFlags([fuzzer]), .linkedLibrary("stdc++")])
  } else {
    .testTarget(
      name: "FuzzTests", dependencies: fuzzDependencies + ["TestSupport"],
      exclude: ["Corpus", "Driver"])
  }

// From below upward: a target imports what stands above it here, never what stands below.
var targets: [Target] = [
  .target(name: "LibrariesTrait"),
  .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
  .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
  .systemLibrary(name: "CExif", pkgConfig: "libexif", providers: [.apt(["libexif-dev"])]),
  .systemLibrary(
    name: "CWebP", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"])]),
  .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
  .systemLibrary(name: "CGIF", pkgConfig: "libgif", providers: [.apt(["libgif-dev"])]),
  .systemLibrary(name: "CHEIF", pkgConfig: "libheif", providers: [.apt(["libheif-dev"])]),
  .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
  .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
  .systemLibrary(name: "CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
  .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),

  // Bytes on a disk: whole files, images, labels, named arrays.
  .target(
    name: "Files",
    dependencies: ["LibrariesTrait", systemLibrary("CXXHash"), systemLibrary("CXML2")]),
  .testTarget(name: "FilesTests", dependencies: ["Files", "CXML2", "TestSupport"]),
  // What Swift cannot call: libraries that report errors by a jump, or take any number of arguments.
  .target(
    name: "CImageCodecs",
    dependencies: [
      systemLibrary("CJPEG"), systemLibrary("CPNG"), systemLibrary("CTIFF", trait: "TIFF"),
    ],
    cSettings: [.define("IMAGE_CODECS_TIFF", .when(traits: ["TIFF"]))]),
  .target(
    name: "ImageFiles",
    dependencies: [
      "MultiBox", "Files", "CImageCodecs", systemLibrary("CPNG"), systemLibrary("CExif"),
      systemLibrary("CWebP", trait: "WebP"), systemLibrary("CGIF", trait: "GIF"),
      systemLibrary("CHEIF", trait: "HEIF"),
    ]),
  .testTarget(
    name: "ImageFilesTests", dependencies: ["ImageFiles", "MultiBox", "TestSupport"],
    exclude: ["Goldens"]),
  .target(
    name: "Datasets", dependencies: ["MultiBox", "Files", "ImageFiles", yaml, protobuf],
    exclude: ["Formats/TFRecord/example.proto"]),
  .target(
    name: "ModelFiles", dependencies: ["Files", systemLibrary("CZip"), protobuf],
    exclude: ["ONNX/onnx.proto", "CoreML/coreml.proto"]),
  .testTarget(
    name: "ModelFilesTests", dependencies: ["ModelFiles", "Files", "TestSupport"],
    exclude: ["Fixtures"]),
  // Networks without an engine, and what they are written as.
  .target(name: "NetworkGraphs", dependencies: ["MultiBox", "ModelFiles"]),
  .testTarget(
    name: "NetworkGraphsTests",
    dependencies: ["NetworkGraphs", "MultiBox", "ModelFiles", "TestSupport"]),

  // From images to a network's numbers, and from its numbers to objects.
  .target(name: "NetworkInput", dependencies: ["MultiBox", "ImageFiles"]),
  .testTarget(
    name: "NetworkInputTests", dependencies: ["NetworkInput", "MultiBox", "ImageFiles"]),
  .target(
    name: "TrainingInput",
    dependencies: ["MultiBox", "Files", "ImageFiles", "Datasets", "NetworkInput"]),
  .testTarget(
    name: "TrainingInputTests",
    dependencies: [
      "TrainingInput", "MultiBox", "ImageFiles", "Datasets", "NetworkInput", "TestSupport",
    ]),
  .target(
    name: "Detectors",
    dependencies: ["MultiBox", "Files", "ImageFiles", "Datasets", "NetworkInput", "ModelFiles"],
    resources: [
      .embedInCode("Description/Known/ultraface.json"),
      .embedInCode("Description/Known/ssd-mobilenet-v1-coco-quant.json"),
      .embedInCode("Description/Known/blazeface.json"),
    ]),
  .testTarget(
    name: "DatasetsTests",
    dependencies: ["Datasets", "MultiBox", "Files", "ImageFiles", "Detectors", "TestSupport"],
    exclude: ["Goldens"]),

  // A training as plain values: what it depends on, and what it leaves behind.
  .target(
    name: "Runs",
    dependencies: [
      "MultiBox", "Files", "ModelFiles", "Datasets", "NetworkInput", "TrainingInput", "Detectors",
    ]),
  .testTarget(
    name: "DetectorsTests",
    dependencies: ["Detectors", "Files", "ImageFiles", "Datasets", "MultiBox", "TestSupport"]),
  .testTarget(
    name: "RunsTests",
    dependencies: [
      "Runs", "MultiBox", "Files", "ModelFiles", "Datasets", "TrainingInput", "TestSupport",
    ]),

  // Pictures, pages and logs.
  .target(
    name: "SSDReport",
    dependencies: [
      "MultiBox", "Files", "ImageFiles", "Datasets", "Runs", systemLibrary("CCairo"), protobuf,
    ],
    exclude: ["TensorBoard/event.proto"],
    resources: [
      .embedInCode("Pages/browse.html"), .embedInCode("Pages/explain.html"),
      .embedInCode("Pages/report.html"),
    ]),
  .testTarget(
    name: "SSDReportTests",
    dependencies: [
      "SSDReport", "Files", "ImageFiles", "Datasets", "Runs", "MultiBox", "TrainingInput",
      "TestSupport",
    ]),

  // A server without its transport.
  .target(
    name: "Serving",
    dependencies: ["MultiBox", "Files", "ImageFiles", "Datasets", "Detectors", "SSDReport"],
    resources: [.embedInCode("Pages/serve.html"), .embedInCode("Pages/openapi.json")]),
  .testTarget(
    name: "ServingTests",
    dependencies: [
      "Serving", "MultiBox", "Files", "ImageFiles", "Datasets", "Detectors", "TestSupport",
    ]),

  fuzzTarget,

  // What --version tells of the build: the commit that MULTIBOX_COMMIT names, as `make package` does.
  .target(
    name: "CBuildStamp",
    cSettings: value("MULTIBOX_COMMIT").map { [.define("MULTIBOX_COMMIT", to: $0)] } ?? []),
  // The command line: what both executables share.
  .target(
    name: "Commands",
    dependencies: [
      "CBuildStamp",
      "MultiBox", "Files", "ImageFiles", "Datasets", "NetworkInput", "TrainingInput",
      "Detectors", "Runs", "SSDReport", "Serving", argumentParser, logging,
    ]),
  // The product is named `multibox`; the target is not, because on a file system that ignores case
  // its build folder would collide with that of `MultiBox`.
  .executableTarget(
    name: "multibox-cli",
    dependencies: ["Commands", "SSDReport", argumentParser]
      + (openvino == nil ? [] : ["OpenVINODetector"]),
    swiftSettings: openvino == nil ? [] : [.define("OPENVINO")]),
]

if let openvino {
  products.append(.library(name: "OpenVINODetector", targets: ["OpenVINODetector"]))
  targets += [
    .target(
      name: "COpenVINO",
      cSettings: [.unsafeFlags(["-isystem", "\(openvino)/include"])],
      linkerSettings: [
        .unsafeFlags(["-L\(openvino)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(openvino)/lib"]),
        .linkedLibrary("openvino_c"),
      ]),
    // A trained detector as one model file, run without LibTorch.
    .target(
      name: "OpenVINODetector",
      dependencies: [
        "MultiBox", "Files", "ImageFiles", "NetworkInput", "ModelFiles", "NetworkGraphs",
        "Detectors",
        "COpenVINO",
      ]),
    .testTarget(
      name: "OpenVINODetectorTests",
      dependencies: [
        "OpenVINODetector", "MultiBox", "Files", "ImageFiles", "Datasets", "NetworkInput",
        "ModelFiles", "NetworkGraphs", "Detectors", "TestSupport",
      ],
      exclude: ["Goldens", "Fixtures"]),
  ]
  if hasServer {
    products.append(.executable(name: "multibox-serve", targets: ["multibox-serve"]))
    let hummingbird = ["Hummingbird", "HummingbirdCore", "HummingbirdTLS"]
      .map { product($0, of: "hummingbird", trait: "CommandLine") }
    targets.append(
      .executableTarget(
        name: "multibox-serve",
        dependencies: [
          "Commands", "Serving", "OpenVINODetector", "Detectors", "Runs", "Files", argumentParser,
          logging,
          product("ServiceLifecycle", of: "swift-service-lifecycle", trait: "CommandLine"),
          product("NIOCore", of: "swift-nio", trait: "CommandLine"),
          product("NIOHTTP1", of: "swift-nio", trait: "CommandLine"),
          product("NIOHTTPTypes", of: "swift-nio-extras", trait: "CommandLine"),
          product("NIOHTTPTypesHTTP1", of: "swift-nio-extras", trait: "CommandLine"),
          product("HTTPTypes", of: "swift-http-types", trait: "CommandLine"),
        ] + hummingbird))
  }
}

if let libtorch {
  products += [
    .library(name: "Torch", targets: ["Torch"]),
    .library(name: "SSDModels", targets: ["SSDModels"]),
    .library(name: "SSDTraining", targets: ["SSDTraining"]),
    .executable(name: "multibox-torch", targets: ["multibox-torch"]),
  ]
  targets += [
    .target(
      name: "CTorch",
      cxxSettings: [
        .unsafeFlags(
          [
            "-isystem", "\(libtorch)/include",
            "-isystem", "\(libtorch)/include/torch/csrc/api/include",
          ] + ncclFlags)
      ],
      linkerSettings: [
        .unsafeFlags(
          ["-L\(libtorch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(libtorch)/lib"] + cudaFlags),
        .linkedLibrary("torch_cpu"),
        .linkedLibrary("c10"),
      ]),
    .target(name: "Torch", dependencies: ["CTorch", "NetworkGraphs"]),
    .testTarget(
      name: "TorchTests", dependencies: ["Torch", "NetworkGraphs", "MultiBox", "TestSupport"]),
    .target(
      name: "SSDModels",
      dependencies: [
        "MultiBox", "Files", "ModelFiles", "NetworkGraphs", "NetworkInput", "Runs", "Torch",
      ]),
    .testTarget(
      name: "SSDModelsTests",
      dependencies: [
        "SSDModels", "Torch", "NetworkGraphs", "MultiBox", "ModelFiles", "Runs", "Datasets",
        "TestSupport",
      ],
      exclude: ["Goldens"]),
    .target(
      name: "SSDTraining",
      dependencies: [
        "SSDModels", "Files", "ImageFiles", "Datasets", "NetworkInput", "TrainingInput",
        "ModelFiles", "NetworkGraphs", "Detectors", "Runs",
      ]),
    .testTarget(
      name: "SSDTrainingTests",
      dependencies: ["SSDTraining", "TestSupport"] + (openvino == nil ? [] : ["OpenVINODetector"])),
    .executableTarget(
      name: "multibox-torch",
      dependencies: [
        "Commands", "SSDTraining", "SSDReport", argumentParser, logging,
      ] + (openvino == nil ? [] : ["OpenVINODetector"]),
      // For `export --check`, which runs both networks on the same images. Loading it takes 7 ms.
      swiftSettings: openvino == nil ? [] : [.define("OPENVINO")]),
    // Runs the built commands as a user would.
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "multibox-cli", "multibox-torch", "Commands", "SSDReport", "ModelFiles", "Files",
        "ImageFiles", "Datasets", "TrainingInput", "Detectors", "Runs", "MultiBox", "TestSupport",
      ] + (openvino == nil ? [] : ["OpenVINODetector"])),
  ]
}

// Ours against its peers; Scripts/bench/run drives it.
let measured: [Target.Dependency] = [
  "MultiBox", "Files", "ImageFiles", "Datasets", "NetworkInput", "TrainingInput", "ModelFiles",
  "Detectors", "Runs", "HeartMeasurements", argumentParser,
]

func benchmark(
  _ name: String, of dependencies: [Target.Dependency] = [], swiftSettings: [SwiftSetting] = []
) -> Target {
  .executableTarget(
    name: name, dependencies: ["BenchSupport"] + measured + dependencies,
    path: "Benchmarks/\(name)",
    swiftSettings: swiftSettings)
}

var benchmarks: [Target] = [
  .target(name: "BenchSupport", dependencies: measured, path: "Benchmarks/BenchSupport"),
  benchmark("multibox-bench"),
]

/// An example, which sees what a program outside of this package sees.
func example(_ name: String, of dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "Examples/\(name)/Sources/\(name)",
    packageAccess: false)
}

// Examples/own-loss is not among them: a test takes it by URL.
var examples: [Target] = []

if openvino != nil {
  benchmarks.append(benchmark("multibox-bench-openvino", of: ["OpenVINODetector"]))
  examples.append(
    example("count-objects", of: ["OpenVINODetector", "ImageFiles", "MultiBox"]))
}
if libtorch != nil {
  benchmarks.append(
    benchmark(
      "multibox-bench-torch",
      of: ["Torch", "SSDModels", "SSDTraining"] + (openvino == nil ? [] : ["OpenVINODetector"]),
      swiftSettings: openvino == nil ? [] : [.define("OPENVINO")]))
  examples += [
    example(
      "own-network",
      of: [
        "Datasets", "Detectors", "MultiBox", "Runs", "SSDModels", "SSDTraining", "Torch",
        "TrainingInput",
      ]),
    example(
      "plain-training",
      of: [
        "Datasets", "MultiBox", "NetworkInput", "Runs", "SSDModels", "SSDTraining", "Torch",
        "TrainingInput",
      ]),
  ]
}

// A library for apps, and its tests of what runs without Apple's frameworks.
examples += [
  .target(
    name: "DetectorKit", dependencies: ["MultiBox"],
    path: "Examples/DetectorKit/Sources/DetectorKit", packageAccess: false),
  .testTarget(
    name: "DetectorKitTests", dependencies: ["DetectorKit"],
    path: "Examples/DetectorKit/Tests/DetectorKitTests"),
]

if hasExtras { targets += heartMeasurements + benchmarks + examples }

// Of the tests those that an unoptimized build with AddressSanitizer is for: FuzzTests reads the corpora of all
// readers, those of files call libraries of the system and take bytes apart, and preconditions say why.
let unoptimized: Set = [
  "FuzzTests", "FilesTests", "ImageFilesTests", "ModelFilesTests", "PreconditionTests",
]
let isUnoptimized = value("MULTIBOX_UNOPTIMIZED") != nil
let all = (isHeartAlone ? heart + heartMeasurements : heart + targets)
  .filter { !isUnoptimized || $0.type != .test || unoptimized.contains($0.name) }

// What tests call is optimized; they themselves are not: that would cost more than all of their runs.
for target in all where target.type == .test {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [.unsafeFlags(["-Onone"], .when(configuration: .release))]
}

let package = Package(
  name: "MultiBox",
  // `Mutex` of the module Synchronization, in Datasets, needs these. Linux needs no entry.
  platforms: [.macOS(.v15), .iOS(.v18), .visionOS(.v2)],
  products: isHeartAlone ? [heartProduct] : [heartProduct] + products,
  traits: traits,
  dependencies: dependencies,
  targets: all,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
