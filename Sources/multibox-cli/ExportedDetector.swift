import CommandLineOptions
import Foundation
import ModelFiles

#if OPENVINO
  import SSDRuntime

  extension DetectorPrecision {
    init(_ option: PrecisionOption) {
      self = option == .bfloat16 ? .bfloat16 : .float32
    }
  }
#endif

/// What is used of a run without LibTorch: its ONNX file, and where its data are.
enum ExportedDetector {
  /// Returns the ONNX file's path, if there is one and the weights have not changed since.
  static func path(ofRun folder: String) -> String? {
    func date(_ name: String) -> Date? {
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
      return attributes?[.modificationDate] as? Date
    }
    guard let exported = date("detector.onnx"), let trained = date("weights.safetensors"),
      exported >= trained
    else { return nil }
    return "\(folder)/detector.onnx"
  }

  /// Returns the data that the run was trained on.
  ///
  /// - Throws: `FileError` naming the configuration.
  static func data(ofRun folder: String) throws -> String {
    struct Configuration: Decodable { let data: String }
    let path = "\(folder)/configuration.json"
    do {
      return try JSONDecoder().decode(Configuration.self, from: InputFile.contents(path)).data
    } catch let error as DecodingError {
      throw FileError(path: path, reason: error.explanation)
    }
  }
}
