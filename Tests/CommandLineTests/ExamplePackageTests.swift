import Foundation
import TestSupport
import Testing

/// The examples with engines, as the manifest's targets of the same sources. Examples/own-loss,
/// which needs none, is taken by URL: ``ConsumerPackageTests``.
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
    // Seen: .364.
    #expect(ap50 >= 0.3, "\(lines)")
    #expect(lines[6] == "exported true")
  }

  private static func has(_ engine: String) -> Bool {
    ProcessInfo.processInfo.environment[engine]?.isEmpty == false
  }

  /// Each is a package that finds what it names.
  @Test(arguments: ["count-objects", "own-network", "plain-training"])
  func aPackageOfItsOwnResolves(name: String) throws {
    let output = try CommandRunner.run(
      [
        "swift", "package", "--package-path", ThisPackage.root + "/Examples/" + name,
        "--scratch-path", ThisPackage.root + "/.build/examples", "show-dependencies",
      ], executable: "/usr/bin/env")
    #expect(output.status == 0, "\(output.out) \(output.err)")
    #expect(output.out.contains("swift-protobuf"))
  }

  /// Runs an example, which `make test-build` has built, and returns what it printed.
  private static func run(_ name: String, _ arguments: [String] = []) throws -> String {
    let program = CommandRunner.products + "/" + name
    try #require(
      FileManager.default.isExecutableFile(atPath: program), "\(program): run make test-build")
    let output = try CommandRunner.run(arguments, executable: program)
    try #require(output.status == 0, "\(output.err)")
    return output.out
  }
}
