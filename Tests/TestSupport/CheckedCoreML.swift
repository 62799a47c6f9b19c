import Foundation

/// A Core ML package as Scripts/check_coreml.py finds it: coremltools loads its program, NumPy
/// computes that for one image.
public struct CheckedCoreML: Decodable {
  /// What a pipeline says.
  public struct Pipeline: Decodable {
    public let classNames: [String]
    public let iouThreshold, confidenceThreshold: Double
    public let inputs, outputs: [String]
  }
  public let specification: Int
  public let opset: String
  public let operations: [String]
  public let metadata: [String: String]
  /// Nil of a program alone.
  public let pipeline: Pipeline?
  public let shapes: [String: [Int]]
  /// What the program gives.
  public private(set) var outputs: [String: [Float]] = [:]

  private enum CodingKeys: String, CodingKey {
    case specification, opset, operations, metadata, pipeline, shapes
  }

  /// - Parameters:
  ///   - packages: paths.
  ///   - image: `[3, H, W]`, grey levels.
  /// - Throws: `PythonScript.Failure` with the fault of a package.
  public static func check(_ packages: [String], image: [Float]) throws -> [CheckedCoreML] {
    let script = try PythonScript("check_coreml.py")
    return try withFolder { folder in
      try image.write(to: folder + "/image.bin")
      var all = try script.output(
        [folder + "/image.bin", folder] + packages, as: [CheckedCoreML].self)
      for index in all.indices {
        for name in all[index].shapes.keys {
          all[index].outputs[name] = try [Float](contentsOf: "\(folder)/\(index)-\(name).bin")
        }
      }
      return all
    }
  }
}

extension [Float] {
  /// Reads a file of nothing but float32.
  public init(contentsOf path: String) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    self.init(unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
      count = bytes.copyBytes(to: buffer) / 4
    }
  }

  /// Writes a file of nothing but float32.
  public func write(to path: String) throws {
    try withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: path))
  }
}
