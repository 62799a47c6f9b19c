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
    let program = try #require(Self.readmeBlocks().first { $0.hasPrefix("import MultiBox\n") })
    let consumer = try Consumer(
      named: "consumer", manifest: Self.manifest(hasTraits: false, product: "MultiBox"),
      main: program)
    try consumer.swift("build")
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
    try consumer.swift("build")
    #expect(try consumer.pins() == ["multibox"])
    let lines = try consumer.run().split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[1].hasPrefix("positives 846 negatives 2388"))
    #expect(lines[2] == "gradient off by less than 1e-6: true")
    #expect(lines[3] == "explained: true")
  }

  /// The README's dependency with its trait. ``ExamplePackageTests`` build what it brings.
  @Test func theLibrariesBringTwoPackages() throws {
    let consumer = try Consumer(
      named: "libraries", manifest: Self.manifest(hasTraits: true, product: "ImageFiles"),
      main: "import ImageFiles")
    try consumer.swift("package", "show-dependencies")
    #expect(try consumer.pins() == ["multibox", "swift-protobuf", "yams"])
  }

  /// Returns the manifest of a program with the README's dependency.
  private static func manifest(hasTraits: Bool, product: String) throws -> String {
    let dependency = try #require(
      readmeBlocks().first { $0.hasPrefix(".package(") && $0.contains("traits:") == hasTraits })
    let name = hasTraits ? "libraries" : "consumer"
    return """
      // swift-tools-version: 6.2
      import PackageDescription

      let package = Package(
        name: "\(name)",
        dependencies: [
          \(dependency)
        ],
        targets: [
          .executableTarget(
            name: "\(name)", dependencies: [.product(name: "\(product)", package: "MultiBox")])
        ]
      )
      """
  }

  private static func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  /// Returns the Swift blocks of the README.
  private static func readmeBlocks() throws -> [String] {
    try text(ReleasedPackage.clone + "/README.md").matches(of: /(?ms)^```swift\n(.*?)^```$/)
      .map { String($0.1) }
  }
}

/// A package with one program, which depends on version 0.1.0 of a repository.
private struct Consumer {
  private let folder: String
  private let name: String
  /// What its build makes, and that of others with the same traits.
  private let products: String

  /// - Parameters:
  ///   - name: the program, and a new folder beside the repository.
  ///   - manifest: one that depends on `../..`, as an example does, or on `…/multibox`, as the
  ///     README.
  init(named name: String, manifest: String, main: String) throws {
    self.name = name
    folder = ReleasedPackage.folder + "/" + name
    products = ReleasedPackage.folder + (manifest.contains("traits:") ? "/libraries" : "/heart")
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

  /// Runs `swift` in its folder, without engines.
  func swift(_ arguments: String...) throws {
    let output = try CommandRunner.run(
      ["-u", "LIBTORCH", "-u", "OPENVINO", "swift"] + arguments + ["--scratch-path", products],
      executable: "/usr/bin/env", in: folder)
    try #require(output.status == 0, "\(output.out) \(output.err)")
  }

  /// Returns what the program printed.
  func run() throws -> String {
    let output = try CommandRunner.run([], executable: products + "/debug/" + name)
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
