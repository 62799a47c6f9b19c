import Files
import Foundation
import TestSupport
import Testing

@testable import ModelFiles

/// With a shell's script in the place of Python and Apple's compiler; what those make,
/// CommandLineTests and SSDModelsTests look at.
struct CoreAIAssetTests {
  /// Calls `body` with an environment whose Python is a script, which gets `-I`, the path of ours
  /// and its arguments, and a folder to write into.
  private func withEnvironment<Result>(
    _ script: String, _ body: (CoreAIEnvironment, String) throws -> Result
  ) throws -> Result {
    try withFolder { folder in
      let environment = folder + "/environment"
      for name in ["environment/bin", "out"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      }
      try Data("#!/bin/sh\n\(script)\n".utf8).write(
        to: URL(fileURLWithPath: environment + "/bin/python3"))
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: environment + "/bin/python3")
      try Data().write(to: URL(fileURLWithPath: environment + "/coreai_asset.py"))
      return try body(
        CoreAIEnvironment(environment: [CoreAIEnvironment.variable: environment]), folder + "/out")
    }
  }

  private func write(_ environment: CoreAIEnvironment, to path: String) throws {
    let model = ONNXModel(name: "m")
    try CoreAIAsset.write(
      model, summary: "a network", metadata: ["key": "value"], with: environment, to: path)
  }

  /// Makes an asset that holds what it was asked for.
  private static let converter = """
    [ "$1 $3 $#" = "-I convert 6" ] && [ -s "$4" ] || exit 9
    mkdir "$5" && echo hash >"$5/main.hash" && cp "$4" "$5/main.mlirb" && exec >"$5/metadata.json"
    printf '{"author": "MultiBox", "creatorDefinedMetadata": {"key": "value", "other": 7},'
    printf '"asked": %s}' "$(cat "$6")"
    """

  @Test func anAssetIsWrittenOverOneOfThisProjectAlone() throws {
    try withEnvironment(Self.converter) { environment, folder in
      let path = folder + "/m.aimodel"
      try write(environment, to: path)
      try write(environment, to: path + "/")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["m.aimodel"])
      #expect(CoreAIAsset.isOwn(path))
      #expect(try CoreAIAsset.metadata(of: path) == ["key": "value"])
      let json = try String(contentsOfFile: path + "/metadata.json", encoding: .utf8)
      #expect(
        json.contains(
          #"{"author":"MultiBox","description":"a network","metadata":{"key":"value"}}"#))

      let refusal =
        "\(path): expected a new path or a Core AI asset of MultiBox, found another; not written over"
      let notes = path + "/notes.txt"
      try Data("mine".utf8).write(to: URL(fileURLWithPath: notes))
      #expect(
        #expect(throws: FileError.self) { try write(environment, to: path) }?.description == refusal
      )
      #expect(FileManager.default.fileExists(atPath: notes))
      try FileManager.default.removeItem(atPath: notes)
      try Data(#"{"author": "another"}"#.utf8).write(
        to: URL(fileURLWithPath: path + "/metadata.json"))
      #expect(
        #expect(throws: FileError.self) { try write(environment, to: path) }?.description == refusal
      )
    }
  }

  @Test(arguments: [
    (
      "echo loading >&2; echo 'ValueError: no such operation' >&2; exit 1",
      "ValueError: no such operation"
    ),
    ("kill -SEGV $$", "was ended by signal 11"), ("exit 3", "ended with status 3"),
  ])
  func whatTheConverterSaysIsTheReason(script: String, reason: String) throws {
    try withEnvironment(script) { environment, folder in
      let path = folder + "/m.aimodel"
      let error = #expect(throws: FileError.self) { try write(environment, to: path) }
      #expect(
        error?.description == "\(path): was not written: Core AI's converter: \(reason)")
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
    }
  }

  @Test func anAssetWithMoreInItIsNotCutShort() throws {
    try withEnvironment("\(Self.converter)\necho more >\"$5/weights.bin\"") { environment, folder in
      let error = #expect(throws: FileError.self) {
        try write(environment, to: folder + "/m.aimodel")
      }
      #expect(error?.description.contains(#""metadata.json", "weights.bin"]"#) == true)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
    }
  }

  /// Writes what the interpreter looks at before it starts.
  private func asset(in folder: String) throws -> String {
    try Data("{}".utf8).write(to: URL(fileURLWithPath: folder + "/metadata.json"))
    return folder
  }

  // Two numbers in; out come a row of two and one of one, the first of them again.
  @Test func outputsComeInTheOrderOfTheirNames() throws {
    let script = """
      [ "$3 $5 $6" = "run a b" ] || exit 9
      for round in 1 2; do
        head -c 8 >"$4/in"; printf '[[1, 2], [1]]\\n'; cat "$4/in"; head -c 4 "$4/in"
      done
      """
    try withEnvironment(script) { environment, folder in
      let interpreter = try CoreAIInterpreter(
        asset(in: folder), outputs: ["a", "b"], environment: environment)
      for input in [[Float(1.5), -2], [3, 0.25]] {
        let outputs = try interpreter.outputs(of: input)
        #expect(outputs.map(\.shape) == [[1, 2], [1]])
        #expect(outputs.map(\.values) == [input, [input[0]]])
      }
    }
  }

  @Test(arguments: [
    ("head -c 4 >/dev/null; echo ODIE >&2; echo 'KeyError: a' >&2; exit 1", "KeyError: a"),
    ("head -c 4 >/dev/null; kill -SEGV $$", "was ended by signal 11"),
    ("head -c 4 >/dev/null; printf '[[2]]\\nabc'", #"ended without the outputs ["a"]"#),
    ("head -c 4 >/dev/null; printf '[[1], [1]]\\n'", #"ended without the outputs ["a"]"#),
  ])
  func anInterpreterThatFailsIsNamed(script: String, reason: String) throws {
    try withEnvironment(script) { environment, folder in
      let interpreter = try CoreAIInterpreter(
        asset(in: folder), outputs: ["a"], environment: environment)
      let error = #expect(throws: FileError.self) { try interpreter.outputs(of: [1]) }
      #expect(error?.description == "\(folder): Core AI's interpreter: \(reason)")
    }
  }

  @Test func withoutAnAssetNoInterpreterStarts() throws {
    try withEnvironment("exit 9") { environment, folder in
      let error = #expect(throws: FileError.self) {
        try CoreAIInterpreter(folder + "/none", outputs: ["a"], environment: environment)
      }
      #expect(error?.description.hasPrefix("\(folder)/none/metadata.json: ") == true)
    }
  }

  @Test func theEnvironmentIsFoundInTheCheckout() throws {
    try withFolder { folder in
      let missing = #expect(throws: FileError.self) {
        try CoreAIEnvironment(environment: [:], executable: folder + "/.build/release/multibox")
      }
      #expect(
        missing?.description
          == "\(folder)/.deps/coreai/bin/python3: no such file: make coreai brings Apple's compiler"
      )
    }
    let error = #expect(throws: FileError.self) {
      try CoreAIEnvironment(environment: [:], executable: "/usr/bin/multibox")
    }
    #expect(
      error?.description
        == "MULTIBOX_COREAI: names no folder: run make coreai in a checkout and name"
        + " its .deps/coreai")
  }
}
