import Files
import Foundation
import ModelFiles

/// A model in a form that OpenVINO reads.
enum ReadableModel {
  /// Calls `body` with a path that OpenVINO reads.
  ///
  /// OpenVINO reads TFLite from files alone, and only of this ending, and has no operator
  /// `TFLite_Detection_PostProcess`: the network is cut before it. A copy is gone afterwards.
  ///
  /// - Throws: `FileError` where the model or the copy fails, and what `body` throws.
  static func withPath<Result>(
    of path: String, _ body: (String) throws -> Result
  ) throws -> Result {
    let file = try InputFile.contents(path)
    guard TFLiteModel.isTFLite(file) else { return try body(path) }
    let cut = try TFLiteModel(file, path: path).withoutDetectionOperator()
    if cut == nil, path.hasSuffix(".tflite") { return try body(path) }
    let copy = FileManager.default.temporaryDirectory
      .appendingPathComponent("multibox-\(UUID().uuidString).tflite").path
    // A signal takes it along.
    let place = UnfinishedFiles.begin(copy)
    defer {
      unlink(copy)
      UnfinishedFiles.end(place)
    }
    try AtomicFile.write(cut ?? file, to: copy)
    return try body(copy)
  }
}
