import Files
import Foundation
import ModelFiles

/// OpenVINO's layer `DetectionOutput`, which gives rows of detections.
enum DetectionOutputLayer {
  private static let limit = 1_000_000

  /// Returns the number of classes without the background that a model's layer was made for.
  ///
  /// OpenVINO's own form and ONNX have it as an attribute; from the eighth operator set on the
  /// shapes tell: there are as many class scores a box as classes, and four numbers.
  ///
  /// - Parameter path: of a model in OpenVINO's own form (.xml) or ONNX.
  /// - Returns: nil where the model does not tell.
  /// - Throws: `FileError` for a number that no layer can have.
  static func classCount(ofModel path: String) throws -> Int? {
    let withBackground: Int?
    if path.lowercased().hasSuffix(".onnx") {
      withBackground = try ONNXModel.attribute(
        "num_classes", ofOperator: "DetectionOutput", in: path)
    } else if path.lowercased().hasSuffix(".xml") {
      withBackground = count(inXML: String(decoding: try InputFile.contents(path), as: UTF8.self))
    } else {
      return nil
    }
    guard let withBackground, withBackground > 1 else { return nil }
    guard withBackground <= limit else {
      throw FileError(
        path: path,
        reason: "DetectionOutput: num_classes: expected at most \(limit), found \(withBackground)")
    }
    return withBackground - 1
  }

  private static func count(inXML text: String) -> Int? {
    let layers = text.matches(
      of: /<layer [^>]*type="DetectionOutput"[^>]*>.*?<\/layer>/.dotMatchesNewlines())
    for layer in layers {
      if let found = layer.output.firstMatch(of: /num_classes="(\d+)"/) { return Int(found.1) }
      guard let input = layer.output.firstMatch(of: /<input>.*?<\/input>/.dotMatchesNewlines())
      else { continue }
      let ports = input.output.matches(of: /<port .*?<\/port>/.dotMatchesNewlines()).map { port in
        port.output.matches(of: /<dim>(\d+)<\/dim>/).compactMap { Int($0.1) }
      }
      guard ports.count > 1, let boxes = ports[0].last, let scores = ports[1].last, boxes > 0,
        scores <= Int(Int32.max), scores * 4 % boxes == 0
      else { continue }
      return scores * 4 / boxes
    }
    return nil
  }
}
