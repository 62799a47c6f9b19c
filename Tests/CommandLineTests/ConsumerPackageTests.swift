import Foundation
import TestSupport
import Testing

/// A repository that has this one's last commit as version 0.1.0, for all tests of a suite.
struct ReleasedPackage: SuiteTrait, TestScoping {
  @TaskLocal static var folder = ""

  static var clone: String { folder + "/multibox" }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withAsyncFolder { folder in
      // Without the tags: a released version must not be taken in place of the last commit.
      for arguments in [
        ["clone", "--quiet", "--no-tags", ThisPackage.root, folder + "/multibox"],
        ["-C", folder + "/multibox", "tag", "0.1.0"],
      ] {
        let git = try CommandRunner.run(["git"] + arguments, executable: "/usr/bin/env")
        try #require(git.status == 0, "\(git.err)")
      }
      try await Self.$folder.withValue(folder) { try await function() }
    }
  }
}

/// Packages outside of this one take it as anyone would: by URL and version, of what is committed.
///
/// Those with the same traits build into one folder, so that what they share is built once.
@Suite(
  ReleasedPackage(), .serialized,
  .enabled(if: CommandRunner.isRepository, "needs the git repository, not its files alone"))
struct ConsumerPackageTests {
  /// The README's program, with the README's dependency: no trait, no engine.
  @Test func theHeartBringsNoOtherPackageAlong() throws {
    let blocks = try Self.swiftBlocks(ReleasedPackage.clone + "/README.md")
    let program = try #require(blocks.first { $0.hasPrefix("import MultiBox\n") })
    let dependency = try #require(
      blocks.first { $0.hasPrefix(".package(") && !$0.contains("traits:") })
    let consumer = try Consumer(
      named: "consumer",
      manifest: """
        // swift-tools-version: 6.2
        import PackageDescription

        let package = Package(
          name: "consumer",
          dependencies: [
            \(dependency)
          ],
          targets: [
            .executableTarget(
              name: "consumer", dependencies: [.product(name: "MultiBox", package: "MultiBox")])
          ]
        )
        """, main: program)
    try consumer.build(without: ["LIBTORCH", "OPENVINO"])
    #expect(try consumer.pins() == ["multibox"])
    #expect(try consumer.list("checkouts") == ["multibox"])
    #expect(
      try consumer.list("debug/Modules").filter { $0.hasSuffix(".swiftmodule") }
        .filter { $0 != "own_loss.swiftmodule" } == [
          "MultiBox.swiftmodule", "consumer.swiftmodule",
        ])
    // All logits are equal, so each positive and its three negatives cost ln 3; what the offsets
    // cost comes on top.
    let numbers = try consumer.run().split(whereSeparator: \.isWhitespace).map { Double($0) ?? 0 }
    try #require(numbers.count == 3)
    #expect(numbers[0] > 4 * log(3))
    #expect(numbers[1] > 0)
    #expect(numbers[2] == 3 * numbers[1])
  }

  /// Examples/own-loss: own rule, own confidence term, own box loss; the heart and nothing else.
  @Test func aProgramBringsItsOwnParts() throws {
    let example = ReleasedPackage.clone + "/Examples/own-loss"
    let consumer = try Consumer(
      named: "own-loss", manifest: Self.text(example + "/Package.swift"),
      main: Self.text(example + "/Sources/own-loss/main.swift"))
    for name in ["CenterAssigner", "BrierLoss", "EdgeLoss"] {
      try consumer.write(
        Self.text(example + "/Sources/own-loss/\(name).swift"),
        to: "Sources/own-loss/\(name).swift")
    }
    try consumer.build(without: ["LIBTORCH", "OPENVINO"])
    #expect(try consumer.pins() == ["multibox"])
    let lines = try consumer.run().split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[1].hasPrefix("positives 846 negatives 2388"))
    #expect(lines[2] == "gradient off by less than 1e-6: true")
    #expect(lines[3] == "explained: true")
  }

  /// Examples/count-objects, with its path replaced by a URL and a version; beside it the blocks of
  /// README and docs that use the runtime, with the README's dependency.
  @Test(
    .enabled(if: SharedMaterial.has("data/bccd"), "needs ../shared"),
    .enabled(
      if: ProcessInfo.processInfo.environment["OPENVINO"]?.isEmpty == false, "needs OPENVINO"))
  func theRuntimeComesWithItsTrait() throws {
    let example = ReleasedPackage.clone + "/Examples/count-objects"
    let readme = try Self.text(ReleasedPackage.clone + "/README.md")
    #expect(
      readme.contains(".package(url: \"…/multibox\", from: \"0.1.0\", traits: [\"Libraries\"])"))
    let consumer = try Consumer(
      named: "count-objects", manifest: Self.text(example + "/Package.swift"),
      main: Self.text(example + "/Sources/count-objects/main.swift"))
    try consumer.build()
    #expect(try consumer.pins() == ["multibox", "swift-protobuf", "yams"])
    let image = SharedMaterial.folder + "/images/ultraface_13.jpg"
    let output = try consumer.run([
      SharedMaterial.folder + "/models/ultraface/version-RFB-320.onnx", "ultraface", image,
    ])
    #expect(output == image + ": 2 face\n")
  }

  /// Examples/plain-training: the whole loop on one page, and its loss falls.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["LIBTORCH"]?.isEmpty == false, "needs LIBTORCH"))
  func thePlainLoopLearns() throws {
    let example = ReleasedPackage.clone + "/Examples/plain-training"
    let consumer = try Consumer(
      named: "plain-training", manifest: Self.text(example + "/Package.swift"),
      main: Self.text(example + "/Sources/plain-training/main.swift"))
    try consumer.build(without: ["OPENVINO"])
    let losses = try consumer.run().split(separator: "\n").map {
      try #require(Double($0.split(separator: " ").last ?? ""))
    }
    try #require(losses.count == 4)
    #expect(losses[3] < 0.8 * losses[0], "\(losses)")
  }

  /// Examples/own-network: a backbone of its own learns the shapes, and is exported.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["LIBTORCH"]?.isEmpty == false, "needs LIBTORCH"))
  func aProgramBringsItsOwnNetwork() throws {
    let example = ReleasedPackage.clone + "/Examples/own-network"
    let consumer = try Consumer(
      named: "own-network", manifest: Self.text(example + "/Package.swift"),
      main: Self.text(example + "/Sources/own-network/main.swift"))
    try consumer.write(
      Self.text(example + "/Sources/own-network/ThreeMaps.swift"),
      to: "Sources/own-network/ThreeMaps.swift")
    try consumer.build(without: ["OPENVINO"])
    let lines = try consumer.run([ReleasedPackage.folder + "/run"]).split(separator: "\n")
    try #require(lines.count == 7)
    let ap50 = try #require(Double(lines[5].dropFirst("AP50 ".count)))
    #expect(ap50 > 0.2, "\(lines)")
    #expect(lines[6] == "exported true")
  }

  private static func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  /// Returns the Swift blocks of a Markdown file.
  private static func swiftBlocks(_ path: String) throws -> [String] {
    try text(path).matches(of: /(?ms)^```swift\n(.*?)^```$/).map { String($0.1) }
  }
}

/// A package with one program, which depends on version 0.1.0 of a repository.
private struct Consumer {
  private let folder: String
  private let name: String
  /// What its build makes, and that of others with the same traits.
  private let products: String
  private let isOptimized: Bool

  /// - Parameters:
  ///   - name: the program, and a new folder beside the repository.
  ///   - manifest: one that depends on `../..`, as an example does, or on `…/multibox`, as the
  ///     README.
  init(named name: String, manifest: String, main: String) throws {
    self.name = name
    folder = ReleasedPackage.folder + "/" + name
    // Those with engines compute much; the heart's are looked at as `swift build` makes them.
    isOptimized = manifest.contains("\"Libraries\"")
    products = ReleasedPackage.folder + (isOptimized ? "/build-libraries" : "/build-heart")
    let url = "url: \"file://\(ReleasedPackage.clone)\", from: \"0.1.0\""
    let replaced = ["name: \"MultiBox\", path: \"../..\"", "url: \"…/multibox\", from: \"0.1.0\""]
      .reduce(manifest) { $0.replacingOccurrences(of: $1, with: url) }
    try #require(replaced.contains(url))
    try write(replaced, to: "Package.swift")
    try write(main, to: "Sources/\(name)/main.swift")
  }

  func write(_ text: String, to path: String) throws {
    let url = URL(fileURLWithPath: folder + "/" + path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  func build(without variables: [String] = []) throws {
    let output = try CommandRunner.run(
      variables.flatMap { ["-u", $0] } + ["swift", "build", "--scratch-path", products]
        + (isOptimized ? ["--configuration", "release"] : []),
      executable: "/usr/bin/env", in: folder)
    try #require(output.status == 0, "\(output.out) \(output.err)")
  }

  /// Returns what the program printed.
  func run(_ arguments: [String] = []) throws -> String {
    let output = try CommandRunner.run(
      arguments, executable: products + (isOptimized ? "/release/" : "/debug/") + name)
    try #require(output.status == 0, "\(output.err)")
    return output.out
  }

  /// Returns the packages that were resolved.
  func pins() throws -> [String] {
    struct Resolved: Decodable {
      struct Pin: Decodable { let identity: String }
      let pins: [Pin]
    }
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/Package.resolved"))
    return try JSONDecoder().decode(Resolved.self, from: data).pins.map(\.identity).sorted()
  }

  /// Returns the names in a folder of the build, sorted.
  func list(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: products + "/" + path).sorted()
  }
}
