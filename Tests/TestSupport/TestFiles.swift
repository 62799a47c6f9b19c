import Foundation

/// Files that stand beside the tests of a module: goldens, fixtures, a corpus.
public struct TestFiles {
  /// The folder of the module's tests, `Tests/SomethingTests`.
  public let folder: URL

  /// - Parameter file: any source file of those tests.
  public init(of file: String = #filePath) {
    var folder = URL(fileURLWithPath: file).deletingLastPathComponent()
    while folder.deletingLastPathComponent().lastPathComponent != "Tests", folder.path != "/" {
      folder.deleteLastPathComponent()
    }
    self.folder = folder
  }

  public func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  public func data(_ name: String) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent(name))
  }

  /// Reads `Goldens/NAME.json`.
  public func golden<Value: Decodable>(
    _ name: String, as type: Value.Type = Value.self
  ) throws -> Value {
    try JSONDecoder().decode(Value.self, from: data("Goldens/\(name).json"))
  }
}

/// A golden of cases, and the programs and the seed that made them.
public struct Golden<Case: Decodable>: Decodable {
  public struct Oracle: Decodable {
    public let torch: String
    public let torchvision: String
    public let seed: Int
  }

  public let oracle: Oracle
  public let cases: [Case]

  public init(_ name: String, file: String = #filePath) throws {
    self = try TestFiles(of: file).golden(name)
  }
}
