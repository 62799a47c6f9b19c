import ArgumentParser
import Files
import Foundation
import MultiBox
import Runs

/// `multibox import`.
public struct ImportOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Weights: safetensors, a PyTorch checkpoint (.pth, zip or older form), or a TFLite file of"
        + " TensorFlow's SSD on MobileNet-v1."),
    completion: .file(extensions: ["safetensors", "pth", "pt", "tflite"]))
  public var weights: String
  @Option(
    help: ArgumentHelp(
      "Network that they are for. Default: the one that a TFLite file holds.", valueName: "name"))
  public var model: NetworkPreset?
  @Option(
    help: ArgumentHelp(
      "Safetensors file to write, with this project's names; train --pretrained takes it. With"
        + " --onnx the ONNX file; detect --model takes it.", valueName: "file"),
    completion: .file(extensions: ["safetensors", "onnx"]))
  public var output: String
  @Flag(
    help: ArgumentHelp(
      "Accept weights of which less than half have a place in the network."
        + " Default: off, that is an error."))
  public var partial = false
  @Flag(
    help: ArgumentHelp(
      "Write the whole detector, which runs without a training. Default: off, its weights."))
  public var onnx = false
  @Option(
    help: ArgumentHelp(
      "--onnx: names of the classes, one a line; a first line background or __background__ is none."
        + " Default: those in a TFLite file, else COCO's for the \(Self.cocoClassCount) of torchvision"
        + " and TensorFlow, for others an error.",
      valueName: "file"),
    completion: .file())
  public var classes: String?
  @Option(
    help: ArgumentHelp(
      "--onnx: default boxes that the detector was trained with: a preset"
        + " (\(DefaultBoxPreset.names)), as the program that trained it clips them, or a JSON file"
        + " of a specification. Default: those of that program, and of the number of classes.",
      valueName: "preset|file"),
    completion: .defaultBoxes())
  public var defaultBoxes: String?

  /// Classes of torchvision's and TensorFlow's detectors trained on COCO, those that COCO left out
  /// included.
  public static let cocoClassCount = 90

  public init() {}

  public func validate() throws {
    let networks = [".onnx", ".xml", ".pb", ".mlmodel", ".mlpackage", ".aimodel"]
    if let ending = networks.first(where: weights.lowercased().hasSuffix) {
      throw ValidationError(
        "\(weights): a whole network (\(ending)), which is run and not trained on; multibox describe"
          + " \(weights) says what it is")
    }
    let ending = onnx ? ".onnx" : ".safetensors"
    try require(output.hasSuffix(ending), "--output", "a name that ends with \(ending)", output)
    if onnx, partial {
      throw ValidationError("--partial has no effect with --onnx: a detector needs all arrays")
    }
    for (name, value) in [("--classes", classes), ("--default-boxes", defaultBoxes)]
    where value != nil && !onnx {
      throw ValidationError("\(name) goes with --onnx")
    }
  }
}

/// `multibox export`.
public struct ExportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Folder of the run whose trained network is written.", valueName: "folder"),
    completion: .directory)
  public var run: String
  @Option(
    help: ArgumentHelp(
      "Form to write: torchvision, the weights for its own class"
        + " (\(Self.torchvisionNetworks)); onnx, one file that inference engines run; coreml, a"
        + " package for apps on iPhone, iPad and Mac; coreai, an asset for those of 2026 and later,"
        + " raw heads, which Apple's compiler makes: make coreai brings that.",
      valueName: "name"))
  public var format: ExportFormat
  @Option(
    help: ArgumentHelp(
      "File to write. Default: in the run's folder detector.onnx, with --decode"
        + " detector-decoded.onnx, with --precision int8 -int8 and with --batch 1 -batch1 before the"
        + " ending;"
        + " torchvision.safetensors; detector.mlpackage, with --raw"
        + " detector-raw.mlpackage; detector.aimodel.", valueName: "file"),
    completion: .file(extensions: ["onnx", "safetensors", "mlpackage", "aimodel"]))
  public var output: String?
  @Flag(
    help: ArgumentHelp(
      "onnx: decoding and non-maximum suppression inside the file; its output is rows of"
        + " detections. Suppression is hard then, whatever the run's. Default: off, raw heads."))
  public var decode = false
  @Flag(
    help: ArgumentHelp(
      "coreml: end the package with scores and boxes of all default boxes, for a suppression of"
        + " one's own. Default: off, Core ML's suppression inside, which Vision knows."))
  public var raw = false
  @Option(
    help: ArgumentHelp(
      "onnx: number of images that the file takes at once; most converters of ONNX want 1."
        + " Default: any number. A Core ML package and a Core AI asset take 1.", valueName: "count")
  )
  public var batch: Int?
  @OptionGroup(title: "Eight bits") public var quantization: QuantizationOptions
  @OptionGroup(title: "Check") public var check: ExportCheckOptions

  private static let largestBatch = 65_536

  private static var torchvisionNetworks: String {
    NetworkPreset.all.filter(\.hasTorchvisionNames).map(\.name).joined(separator: ", ")
  }

  public init() {}

  public mutating func validate() throws {
    if decode, format != .onnx { throw ValidationError("--decode goes with --format onnx") }
    if raw, format != .coreml { throw ValidationError("--raw goes with --format coreml") }
    if let batch {
      switch format {
      case .onnx: try require(batch, "--batch", in: 1...Self.largestBatch)
      case .coreml, .coreai:
        try require(batch == 1, "--batch", "1 with --format \(format.rawValue)", "\(batch)")
      case .torchvision: throw ValidationError("--batch goes with --format onnx, coreml or coreai")
      }
    }
    try quantization.check(of: self)
    try check.check(of: self)
    // Shells write a slash behind a folder that is there.
    if let ending = format.folderEnding, let given = output {
      let output = given.withoutSlashesAtEnd
      try require(output.hasSuffix(ending), "--output", "a name that ends with \(ending)", output)
      self.output = output
    }
  }
}

/// Forms of a trained network for others.
public enum ExportFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// Safetensors that torchvision's class of the network loads strictly.
  case torchvision
  /// One file that inference engines run: raw heads, and all that decoding needs as metadata.
  case onnx
  /// A Core ML package, with its suppression or raw.
  case coreml
  /// A Core AI asset: raw heads.
  case coreai

  /// The ending of the folder that is written; nil for a file.
  var folderEnding: String? {
    switch self {
    case .coreml: ".mlpackage"
    case .coreai: ".aimodel"
    case .torchvision, .onnx: nil
    }
  }
}

/// Class names, one a line; an empty line at the end does not count.
public enum ClassNameFile {
  /// - Throws: `FileError` naming the file, and the line that is no text.
  public static func read(_ path: String) throws -> ClassNames {
    var lines = try TextFile(path).lines.map { $0.trimmingCharacters(in: .whitespaces) }
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard !lines.isEmpty else {
      throw FileError(path: path, reason: "expected class names, found none")
    }
    return ClassNames(lines)
  }
}
