import Foundation

/// A file of `Goldens`: cases, and the programs and the seed that made them.
struct Golden<Case: Decodable>: Decodable {
  struct Oracle: Decodable {
    let torch: String
    let torchvision: String
    let seed: Int
  }

  let oracle: Oracle
  let cases: [Case]

  init(_ name: String) throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Goldens/\(name).json")
    self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
  }
}
