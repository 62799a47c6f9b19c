// swift-tools-version: 6.2

import PackageDescription

// Ours against its peers; Scripts/bench/run drives it. A package of its own, so that nobody who takes
// MultiBox gets it. LIBTORCH and OPENVINO name the engines, as for MultiBox itself.
func names(_ variable: String) -> Bool { Context.environment[variable]?.isEmpty == false }

func product(_ name: String) -> Target.Dependency { .product(name: name, package: "MultiBox") }

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let inputs =
  [
    "MultiBox", "Files", "ImageFiles", "Datasets", "NetworkInput", "TrainingInput", "ModelFiles",
    "Detectors", "Runs",
  ].map(product) + [argumentParser]

var targets: [Target] = [
  .target(name: "BenchSupport", dependencies: inputs),
  .executableTarget(name: "multibox-bench", dependencies: ["BenchSupport"] + inputs),
]

if names("OPENVINO") {
  targets.append(
    .executableTarget(
      name: "multibox-bench-openvino",
      dependencies: ["BenchSupport", product("OpenVINODetector")] + inputs))
}

if names("LIBTORCH") {
  targets.append(
    .executableTarget(
      name: "multibox-bench-torch",
      dependencies: [
        "BenchSupport", product("Torch"), product("SSDModels"), product("SSDTraining"),
      ] + inputs))
}

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "MultiBox", path: "..", traits: ["Libraries"]),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: targets,
  swiftLanguageModes: [.v6]
)
