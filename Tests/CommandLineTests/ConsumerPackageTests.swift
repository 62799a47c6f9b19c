import Foundation
import Testing

/// Examples/count-objects, a package outside of this one, imports the runtime's library.
struct ConsumerPackageTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../..").standardizedFileURL.path

  @Test(.enabled(if: CommandRunner.hasShared, "needs ../shared"))
  func anotherPackageRunsADetector() throws {
    let scratch = Self.root + "/.build-example"
    let build = try CommandRunner.run(
      [
        "swift", "build", "--package-path", Self.root + "/Examples/count-objects",
        "--scratch-path", scratch, "--disable-build-manifest-caching",
      ], executable: "/usr/bin/env")
    try #require(build.status == 0, "\(build.out) \(build.err)")
    let image = CommandRunner.shared + "/images/ultraface_13.jpg"
    let output = try CommandRunner.run(
      [CommandRunner.shared + "/models/ultraface/version-RFB-320.onnx", "ultraface", image],
      executable: scratch + "/debug/count-objects")
    #expect(output.out == image + ": 2 face\n", "\(output.err)")
  }
}
