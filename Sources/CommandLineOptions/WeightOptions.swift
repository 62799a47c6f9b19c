import ArgumentParser
import Files
import Foundation
import MultiBox
import Runs

/// `multibox import`.
public struct ImportOptions: ParsableArguments {
  @Argument(help: "Weights: safetensors, or a PyTorch checkpoint (.pth, zip or older form).")
  public var weights: String
  @Option(help: "Network that they are for.")
  public var model: NetworkPreset
  @Option(help: "File to write, with this project's names.")
  public var output: String

  public init() {}

  public func validate() throws {
    try require(
      output.hasSuffix(".safetensors"), "--output", "a name that ends with .safetensors", output)
  }
}

/// `multibox export`.
public struct ExportOptions: ParsableArguments {
  @Option(help: "Folder of a run.")
  public var run: String
  @Option(help: "Form to write.")
  public var format: ExportFormat
  @Option(help: "File to write; default: in the run's folder.")
  public var output: String?
  @Flag(
    help:
      "onnx: decoding and non-maximum suppression inside the file; its output is rows of detections."
  )
  public var decode = false

  public init() {}

  public func validate() throws {
    if decode, format != .onnx { throw ValidationError("--decode goes with --format onnx") }
  }
}

/// Forms of a trained network for others.
public enum ExportFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// Safetensors that torchvision's class of the network loads strictly.
  case torchvision
  /// One file that inference engines run: raw heads, and all that decoding needs as metadata.
  case onnx
}

/// Class names, one a line; an empty line at the end does not count.
public enum ClassNameFile {
  /// - Throws: `FileError` naming the file.
  public static func read(_ path: String) throws -> ClassNames {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw FileError(path: path, reason: "no such file, or not text")
    }
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard !lines.isEmpty else {
      throw FileError(path: path, reason: "expected class names, found none")
    }
    return ClassNames(lines)
  }
}
