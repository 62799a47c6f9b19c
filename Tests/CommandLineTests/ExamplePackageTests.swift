import Foundation
import TestSupport
import Testing

/// The example packages with engines, built where they stand and run. Examples/own-loss, which
/// needs none, is taken by URL: ``ConsumerPackageTests``.
///
/// They share a folder of products with the benchmarks that no processor is asked for (Makefile),
/// so that the libraries are built once for all.
@Suite(.serialized)
struct ExamplePackageTests {
  /// Examples/count-objects: detection in a program of one's own.
  @Test(
    .enabled(if: SharedMaterial.has("models/ultraface"), "needs ../shared"),
    .enabled(if: has("OPENVINO"), "needs OPENVINO"))
  func theRuntimeCountsObjects() throws {
    let image = SharedMaterial.folder + "/images/ultraface_13.jpg"
    let output = try Self.run(
      "count-objects",
      [SharedMaterial.folder + "/models/ultraface/version-RFB-320.onnx", "ultraface", image])
    #expect(output == image + ": 2 face\n")
  }

  /// Examples/plain-training: the whole loop on one page, and its loss falls.
  @Test(.enabled(if: has("LIBTORCH"), "needs LIBTORCH"))
  func thePlainLoopLearns() throws {
    let losses = try Self.run("plain-training").split(separator: "\n").map {
      try #require(Double($0.split(separator: " ").last ?? ""))
    }
    try #require(losses.count == 4)
    #expect(losses[3] < 0.8 * losses[0], "\(losses)")
  }

  /// Examples/own-network: a backbone of its own learns the shapes, and is exported.
  @Test(.enabled(if: has("LIBTORCH"), "needs LIBTORCH"))
  func aProgramBringsItsOwnNetwork() throws {
    let lines = try withFolder {
      try Self.run("own-network", [$0 + "/run"]).split(separator: "\n")
    }
    try #require(lines.count == 7)
    let ap50 = try #require(Double(lines[5].dropFirst("AP50 ".count)))
    #expect(ap50 > 0.2, "\(lines)")
    #expect(lines[6] == "exported true")
  }

  private static func has(_ engine: String) -> Bool {
    ProcessInfo.processInfo.environment[engine]?.isEmpty == false
  }

  /// Builds an example and returns what it printed.
  private static func run(_ name: String, _ arguments: [String] = []) throws -> String {
    let products = ThisPackage.root + "/.build/plain"
    let build = try CommandRunner.run(
      [
        // As in the Makefile: else each would build all anew.
        "SWIFT_DETERMINISTIC_HASHING=1", "swift", "build",
        "--package-path", ThisPackage.root + "/Examples/" + name, "--scratch-path", products,
        "--configuration", "release",
      ], executable: "/usr/bin/env")
    try #require(build.status == 0, "\(build.out) \(build.err)")
    let output = try CommandRunner.run(arguments, executable: products + "/release/" + name)
    try #require(output.status == 0, "\(output.err)")
    return output.out
  }
}
