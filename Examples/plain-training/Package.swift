// swift-tools-version: 6.2

import PackageDescription

// The loop of a training, for those who want to read rather than configure. LIBTORCH names the
// unpacked LibTorch, as for MultiBox itself.
let package = Package(
  name: "plain-training",
  dependencies: [.package(name: "MultiBox", path: "../..", traits: ["Libraries"])],
  targets: [
    .executableTarget(
      name: "plain-training",
      dependencies: [
        .product(name: "Datasets", package: "MultiBox"),
        .product(name: "MultiBox", package: "MultiBox"),
        .product(name: "NetworkInput", package: "MultiBox"),
        .product(name: "Runs", package: "MultiBox"),
        .product(name: "SSDModels", package: "MultiBox"),
        .product(name: "SSDTraining", package: "MultiBox"),
        .product(name: "Torch", package: "MultiBox"),
        .product(name: "TrainingInput", package: "MultiBox"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
