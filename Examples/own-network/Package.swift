// swift-tools-version: 6.2

import PackageDescription

// A network that the package does not know, trained and measured. LIBTORCH names the unpacked
// LibTorch, as for MultiBox itself.
let package = Package(
  name: "own-network",
  dependencies: [.package(name: "MultiBox", path: "../..", traits: ["Libraries"])],
  targets: [
    .executableTarget(
      name: "own-network",
      dependencies: [
        .product(name: "Datasets", package: "MultiBox"),
        .product(name: "Detectors", package: "MultiBox"),
        .product(name: "MultiBox", package: "MultiBox"),
        .product(name: "Runs", package: "MultiBox"),
        .product(name: "SSDModels", package: "MultiBox"),
        .product(name: "SSDTraining", package: "MultiBox"),
        .product(name: "Torch", package: "MultiBox"),
        .product(name: "TrainingInput", package: "MultiBox"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
