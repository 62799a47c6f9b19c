import Files
import Foundation
import ImageFiles
import ModelFiles

/// Names what stands in the place of a model, by its content: weights without a network, models of
/// other programs, downloads that failed.
enum OtherModel {
  /// Looks at a file that OpenVINO is to read.
  ///
  /// - Parameter path: of the file, or of a folder that is another's model.
  /// - Throws: `FileError` that says what it is and what is expected.
  static func refuse(_ path: String) throws(FileError) {
    if let found = folderName(path) { throw refusal(path, found) }
    let file = try InputFile.contents(path)
    if let found = name(of: file) ?? protobufName(of: file, path) { throw refusal(path, found) }
  }

  private static func refusal(
    _ path: String, _ found: (name: String, advice: String)
  ) -> FileError {
    FileError(
      path: path,
      reason: "expected a model that OpenVINO reads (ONNX, TFLite, OpenVINO's own XML), found"
        + " \(found.name)\(found.advice.isEmpty ? "" : ": \(found.advice)")")
  }

  /// What a folder is that holds a model, with article, and what to do with it; nil for others.
  private static func folderName(_ path: String) -> (name: String, advice: String)? {
    let isApples =
      "it is for Apple's systems; here detect with the run, or with what multibox export --format"
      + " onnx writes of it"
    if CoreAIAsset.isAsset(path) { return ("a Core AI asset", isApples) }
    if CoreMLPackage.isPackage(path) { return ("a Core ML package", isApples) }
    return nil
  }

  /// What a file is, with article, and what to do with it; nil for what may be a model.
  private static func name(of file: Data) -> (name: String, advice: String)? {
    // A network in protobuf has no signature: what is not known may be one.
    if TFLiteModel.isTFLite(file) { return nil }
    if let weights = weights(file) { return weights }
    let known: [(signature: [UInt8], name: String)] = [
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "an HDF5 file, as Keras writes it"),
      (Array("ftrt".utf8), "an engine of TensorRT"),
    ]
    if let name = known.first(where: { file.starts(with: $0.signature) })?.name {
      return (name, "export it to ONNX with the program that made it")
    }
    if let ending = ImageFile.usualExtension(of: file) { return ("a picture (.\(ending))", "") }
    return file.withUnsafeBytes { bytes in
      // OpenVINO's own XML has its network at the beginning, and looks for it there.
      let isNetwork = file.prefix(1024).range(of: Data("<net".utf8)) != nil
      return isNetwork ? nil : ImageFile.otherContent(bytes).map { ($0, "") }
    }
  }

  /// What a file in protobuf is, which has no signature, by its ending; nil for others.
  private static func protobufName(
    of file: Data, _ path: String
  ) -> (name: String, advice: String)? {
    switch path.fileExtension.lowercased() {
    // An ONNX file that is called so begins with its version, field 1; a graph with a node.
    case "pb" where file.first == 0x0A:
      return ("a graph of TensorFlow", "convert it to ONNX or TFLite")
    case "caffemodel":
      return ("weights of Caffe", "convert them with the network's .prototxt to ONNX")
    default: return nil
    }
  }

  /// Weights of PyTorch, which need the program that knows their network.
  private static func weights(_ file: Data) -> (name: String, advice: String)? {
    let advice =
      "weights without a network; export that to ONNX, or let multibox import take the weights of"
      + " a network that is known here"
    // Before pickles: the length of a header may begin as one.
    if file.count > 9, file[file.startIndex + 8] == UInt8(ascii: "{"),
      file.prefix(8).suffix(3).allSatisfy({ $0 == 0 })
    {
      return ("safetensors", advice)
    }
    if file.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      func holds(_ name: String) -> Bool {
        // Names of entries stand at the beginning of each, and all of them at the end.
        [file.prefix(4096), file.suffix(1 << 16)].contains {
          $0.range(of: Data(name.utf8)) != nil
        }
      }
      if holds("constants.pkl") {
        return ("a network of TorchScript", "export it to ONNX with the program that made it")
      }
      if holds("data.pkl") { return ("a checkpoint of PyTorch", advice) }
      if holds("model.weights.h5") {
        return ("a model of Keras", "export it to ONNX with the program that made it")
      }
    }
    let isPickle =
      file.count > 2 && file.first == 0x80 && (2...5).contains(file[file.startIndex + 1])
    return isPickle ? ("a pickle, as PyTorch's older checkpoints", advice) : nil
  }
}
