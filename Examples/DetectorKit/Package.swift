// swift-tools-version: 6.2

import PackageDescription

// Runs what `multibox export --format coreml` writes in an app. It takes the product MultiBox alone, and
// with it no other package; one elsewhere names a URL instead of the path.
let package = Package(
  name: "DetectorKit",
  platforms: [.macOS(.v15), .iOS(.v18), .visionOS(.v2)],
  products: [.library(name: "DetectorKit", targets: ["DetectorKit"])],
  dependencies: [.package(name: "MultiBox", path: "../..")],
  targets: [
    .target(name: "DetectorKit", dependencies: [.product(name: "MultiBox", package: "MultiBox")]),
    .testTarget(name: "DetectorKitTests", dependencies: ["DetectorKit"]),
  ],
  swiftLanguageModes: [.v6]
)
