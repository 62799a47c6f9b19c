// swift-tools-version: 6.2

import PackageDescription

// A package that brings its own parts of the loss. It takes the product MultiBox alone, and with it
// no other package; one elsewhere names a URL instead of the path.
let package = Package(
  name: "own-loss",
  platforms: [.macOS(.v15), .iOS(.v18), .visionOS(.v2)],
  dependencies: [.package(name: "MultiBox", path: "../..")],
  targets: [
    .executableTarget(
      name: "own-loss", dependencies: [.product(name: "MultiBox", package: "MultiBox")])
  ],
  swiftLanguageModes: [.v6]
)
