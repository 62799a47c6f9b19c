// swift-tools-version: 6.2

import PackageDescription

// A package that uses MultiBox's runtime as any other would. OPENVINO names the unpacked OpenVINO, as
// for MultiBox itself; a package elsewhere gives `url: …, from: …` in place of name and path.
let package = Package(
  name: "count-objects",
  dependencies: [.package(name: "MultiBox", path: "../..", traits: ["Libraries"])],
  targets: [
    .executableTarget(
      name: "count-objects",
      dependencies: [
        .product(name: "OpenVINODetector", package: "MultiBox"),
        .product(name: "ImageFiles", package: "MultiBox"),
        .product(name: "MultiBox", package: "MultiBox"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
