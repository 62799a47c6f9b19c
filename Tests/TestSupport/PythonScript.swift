import Foundation

/// A script of `Scripts`, with the packages of `Scripts/test-requirements.txt`.
public struct PythonScript {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  private let path: String
  private let packages = ThisPackage.root + "/.deps/python"

  /// - Throws: where `make test` has not installed the packages.
  public init(_ name: String) throws {
    path = "\(ThisPackage.root)/Scripts/\(name)"
    guard FileManager.default.fileExists(atPath: packages) else {
      throw Failure(
        description:
          "\(packages): no such folder; make test runs Scripts/bootstrap-tests, which makes it")
    }
  }

  /// Runs the script and reads the JSON that it prints.
  public func output<Value: Decodable>(
    _ arguments: [String], as type: Value.Type = Value.self
  ) throws -> Value {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", path] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PYTHONPATH": packages]
    ) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    return try withFolder { folder in
      // A file: a pipe that nobody reads meanwhile fills up.
      let errors = URL(fileURLWithPath: folder + "/errors")
      try Data().write(to: errors)
      process.standardError = try FileHandle(forWritingTo: errors)
      try process.run()
      let data = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        let text = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        throw Failure(
          description: "\(path): exit status \(process.terminationStatus): "
            + (text.split(separator: "\n").last ?? ""))
      }
      return try JSONDecoder().decode(Value.self, from: data)
    }
  }
}
