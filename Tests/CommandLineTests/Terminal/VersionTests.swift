import Foundation
import TestSupport
import Testing

/// What `--version` tells.
struct VersionTests {
  /// The lines behind the first by their names, and the first.
  private func version(_ output: CommandRunner.Output) throws -> (
    first: String, parts: [String: String]
  ) {
    #expect(output.status == 0 && output.err.isEmpty, "\(output.err)")
    let lines = output.out.split(separator: "\n").map(String.init)
    let parts = try lines.dropFirst().map { line in
      let colon = try #require(line.range(of: ": "), "\(line)")
      return (String(line[..<colon.lowerBound]), String(line[colon.upperBound...]))
    }
    return (try #require(lines.first), Dictionary(uniqueKeysWithValues: parts))
  }

  /// Of multibox beside a stand-in for `multibox-torch`.
  private func version(torch script: String?) throws -> [String: String] {
    try CommandRunner.withStandIn(script) { multibox in
      try version(CommandRunner.run(["--version"], executable: multibox)).parts
    }
  }

  @Test func theFirstLineIsTheVersionAloneAndTheOthersWhatItIsMadeOf() throws {
    let (first, parts) = try version(CommandRunner.run(["--version"]))
    #expect(first == "0.1.0")
    #expect(
      Set(parts.keys) == ["commit", "OpenVINO", "LibTorch", "server", "images"], "\(parts)")
    #expect(parts["images"]?.hasPrefix("JPEG, PNG, BMP") == true)
    // A build by hand was told no commit; that of a package has twelve digits.
    #expect(
      try parts["commit"]?.wholeMatch(
        of: Regex("unknown, not told to the build|[0-9a-f]{12}(\\+changes)?")) != nil)
    // The major version is the year.
    #expect(try parts["OpenVINO"]?.prefixMatch(of: Regex("20[0-9]{2}\\.[0-9]+\\.")) != nil)
    #expect(try parts["LibTorch"]?.wholeMatch(of: Regex("[0-9]+\\.[0-9]+\\.[0-9]+")) != nil)
  }

  @Test func whatIsNotBesideItIsSaid() throws {
    let parts = try version(torch: nil)
    #expect(parts["LibTorch"] == "none, no multibox-torch beside multibox")
    #expect(parts["server"] == "none, no multibox-serve beside multibox")
  }

  @Test func anExecutableOfAnotherBuildIsNamed() throws {
    let script = "#!/bin/sh\nprintf '0.0.9\\ncommit: abc\\nLibTorch: 9.8.7\\n'\n"
    #expect(
      try version(torch: script)["LibTorch"] == "9.8.7, in multibox-torch 0.0.9, commit abc")
    // Older ones know no such option.
    #expect(
      try version(torch: "#!/bin/sh\n")["LibTorch"]
        == "unknown, multibox-torch tells no version, in multibox-torch of no version,"
        + " commit unknown")
  }

  @Test func whyLibTorchDoesNotStartIsSaid() throws {
    let script = "#!/bin/sh\necho 'libtorch_cpu.so: cannot open' >&2\necho more >&2\nexit 127\n"
    let value = try #require(try version(torch: script)["LibTorch"])
    #expect(value.hasPrefix("multibox-torch does not start: "), "\(value)")
    #expect(value.hasSuffix("/multibox-torch: libtorch_cpu.so: cannot open"), "\(value)")
  }

  /// Asking LibTorch takes .4 s.
  @Test(arguments: [["--help"], ["loss", "--help"]]) func otherAnswersAskNoEngine(
    arguments: [String]
  ) throws {
    try CommandRunner.withStandIn("#!/bin/sh\ntouch \"$(dirname \"$0\")/asked\"\n") { multibox in
      let output = try CommandRunner.run(arguments, executable: multibox)
      #expect(output.status == 0 && !output.out.contains("LibTorch:"))
      let asked = (multibox as NSString).deletingLastPathComponent + "/asked"
      #expect(!FileManager.default.fileExists(atPath: asked))
    }
  }
}
