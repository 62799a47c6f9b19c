import Foundation
import Testing

/// The Swift blocks of the README and of every article compile, and those of the heart run.
@Suite struct SwiftBlockTests {
  /// A fenced block of Swift.
  private struct Block {
    /// Of its first line of Swift, in its document.
    let line: Int
    let text: String
    /// The comment before it says that it is for a Mac and not compiled.
    let isForMac: Bool
    /// Stands in a catalogue of a module above the heart.
    let isInOtherCatalogue: Bool

    var imports: Set<String> {
      Set(text.matches(of: /(?m)^import (\w+)/).map { String($0.1) })
    }
    /// A line of a package's manifest.
    var isDependency: Bool { text.hasPrefix(".package(") }
    /// Stands in a catalogue of a module above the heart, or imports one.
    var isOfOtherModule: Bool { isInOtherCatalogue || !imports.isSubset(of: ["MultiBox"]) }
    /// Imports nothing but the heart.
    var isOfHeart: Bool {
      !isForMac && !isDependency && !isOfOtherModule && imports.isSubset(of: ["MultiBox"])
    }
  }

  private static let macMarker = "<!-- Swift for a Mac: not compiled here. -->"
  private static let root = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../..").standardizedFileURL
  /// The folder of the test bundle, where SwiftPM puts modules and objects too.
  private static let products = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0])
    .deletingLastPathComponent().resolvingSymlinksInPath()

  /// README, docs and the catalogues of all modules.
  private static let documents: [String] = {
    let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    var documents: [String] = []
    while let file = files?.nextObject() as? URL {
      let path = file.path.dropFirst(root.path.count + 1)
      if path.hasPrefix(".") {
        files?.skipDescendants()
      } else if path == "README.md" || path.hasPrefix("docs/") || path.contains(".docc/"),
        path.hasSuffix(".md")
      {
        documents.append(String(path))
      }
    }
    return documents.sorted()
  }()

  private static func blocks(of document: String) throws -> [Block] {
    let text = try String(contentsOf: root.appendingPathComponent(document), encoding: .utf8)
    let isInOtherCatalogue =
      document.contains(".docc/") && !document.hasPrefix("Sources/MultiBox/")
    var blocks: [Block] = []
    var current: (line: Int, isForMac: Bool, lines: [Substring])?
    var before: Substring = ""
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if let open = current {
        if line == "```" {
          blocks.append(
            Block(
              line: open.line, text: open.lines.joined(separator: "\n"),
              isForMac: open.isForMac, isInOtherCatalogue: isInOtherCatalogue))
          current = nil
        } else {
          current?.lines.append(line)
        }
      } else if line == "```swift" {
        current = (index + 2, before == macMarker, [])
      }
      if !line.isEmpty { before = line }
    }
    try #require(current == nil, "\(document): a block without an end")
    return blocks
  }

  /// Those of one document, in order, are one program.
  @Test(arguments: try documents.filter { try blocks(of: $0).contains(where: \.isOfHeart) })
  func theBlocksOfTheHeartAreAProgramThatRuns(document: String) throws {
    let blocks = try Self.blocks(of: document).filter(\.isOfHeart)
    let folder = try Self.folder(withProgramOf: blocks, in: document)
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = folder.appendingPathComponent("main.swift")
    let program = folder.appendingPathComponent("program")
    let objects = try FileManager.default.contentsOfDirectory(
      at: Self.products.appendingPathComponent("MultiBox.build"), includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "o" }
    try #require(!objects.isEmpty)
    try Self.run(
      ["swiftc", "-swift-version", "6", "-warnings-as-errors", "-o", program.path]
        + ["-I", Self.products.appendingPathComponent("Modules").path, source.path]
        + objects.map(\.path))
    try Self.run([program.path])
  }

  /// The modules that stand in the bundle's folder when all of the package is built.
  private static let hasAllModules = ["OpenVINODetector", "SSDReport", "SSDTraining"].allSatisfy {
    FileManager.default.fileExists(
      atPath: products.appendingPathComponent("Modules/\($0).swiftmodule").path)
  }

  /// Those of one document, in order, are one program. Not run: most want photographs.
  @Test(
    .enabled(if: hasAllModules, "needs all modules: LIBTORCH, OPENVINO and the traits"),
    arguments: try documents.filter { try blocks(of: $0).contains(where: \.isOfOtherModule) })
  func theBlocksOfOtherModulesAreAProgram(document: String) throws {
    let folder = try Self.folder(
      withProgramOf: Self.blocks(of: document).filter { $0.isOfOtherModule && !$0.isForMac },
      in: document)
    defer { try? FileManager.default.removeItem(at: folder) }
    // The modules name the C modules below them, which the compiler must find. Those of optional
    // formats are not there on every machine.
    let libraries = try Self.systemLibraries.filter { try Self.isInstalled($0) }
    try #require(libraries.count >= 8)
    var headers = try Self.run(["pkg-config", "--cflags"] + libraries)
      .split(whereSeparator: \.isWhitespace).map(String.init)
    let scratch = Self.products.deletingLastPathComponent().deletingLastPathComponent()
    for place in [
      Self.root.appendingPathComponent("Sources"), Self.products,
      scratch.appendingPathComponent("checkouts/Yams/Sources/CYaml"),
    ] {
      for name in try FileManager.default.contentsOfDirectory(atPath: place.path) {
        let map = place.appendingPathComponent(name).appendingPathComponent("module.modulemap")
        if FileManager.default.fileExists(atPath: map.path) {
          headers.append("-fmodule-map-file=\(map.path)")
        }
      }
    }
    try Self.run(
      ["swiftc", "-typecheck", "-swift-version", "6", "-warnings-as-errors"]
        + ["-I", Self.products.appendingPathComponent("Modules").path]
        + headers.flatMap { ["-Xcc", $0] }
        + [folder.appendingPathComponent("main.swift").path])
  }

  @Test func everyBlockIsCompiledSomewhereOrSaysThatItIsForAMac() throws {
    var counts = (heart: 0, mac: 0, otherModules: 0, elsewhere: 0)
    for document in Self.documents {
      for block in try Self.blocks(of: document) {
        if block.isOfHeart {
          counts.heart += 1
        } else if block.isForMac {
          counts.mac += 1
        } else if block.isOfOtherModule {
          counts.otherModules += 1
        } else {
          // ConsumerPackageTests takes these lines of manifests.
          counts.elsewhere += 1
          #expect(block.isDependency && document == "README.md", "\(document):\(block.line)")
        }
      }
    }
    #expect(counts.heart >= 15)
    #expect(counts.mac == 4)
    #expect(counts.otherModules >= 30)
    #expect(counts.elsewhere == 2)
  }

  /// Makes a folder with the file `main.swift`.
  private static func folder(withProgramOf blocks: [Block], in document: String) throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("multibox-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // So that the compiler names the document's line.
    let text = blocks.map { block in
      "#sourceLocation(file: \"\(document)\", line: \(block.line))\n\(block.text)\n"
        + "#sourceLocation()\n"
    }.joined()
    try text.write(
      to: folder.appendingPathComponent("main.swift"), atomically: true, encoding: .utf8)
    return folder
  }

  /// The names of the manifest's system libraries, as pkg-config knows them.
  private static let systemLibraries: [String] = {
    let manifest = try? String(
      contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
    return (manifest ?? "").matches(of: /pkgConfig: "([^"]+)"/).map { String($0.1) }
  }()

  private static func isInstalled(_ library: String) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["pkg-config", "--exists", library]
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  @discardableResult
  private static func run(_ command: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(command[0]): \(text)")
    return text
  }
}
