import Files
import Foundation

/// A model file of others that `make weights` brings.
///
/// It lies in the folder that the environment variable `MULTIBOX_WEIGHTS` names, else in
/// `.deps/weights` of the checkout that the executable was built in.
public enum BroughtFile: String, Hashable, Sendable, CaseIterable {
  /// torchvision's ImageNet classifier `mobilenet_v2`.
  case mobileNetV2 = "mobilenet_v2-b0353104.pth"
  /// EfficientNet-Lite0 of ImageNet, converted from TensorFlow.
  case efficientNetLite0 = "efficientnet-lite0-57934424.pth"
  /// MediaPipe's face detector for the camera at a phone's back, BlazeFace of 256 × 256 pixels.
  case faces = "face_detection_back.tflite"

  /// Returns the path of the file.
  ///
  /// - Parameters:
  ///   - option: names such a file otherwise; the error of a missing one says so.
  ///   - environment: the variables of the process.
  ///   - executable: the path of the program, from which a checkout is looked for.
  /// - Throws: `FileError` naming the file and how to get it, where it is in none of these folders.
  public func path(
    option: String,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    executable: String = OwnExecutable.path
  ) throws(FileError) -> String {
    if let path = try pathIfThere(environment: environment, executable: executable) {
      return path
    }
    let path = place(environment: environment, executable: executable)
    throw FileError(
      path: path ?? rawValue,
      reason: path == nil
        ? "expected in the folder that \(Self.variable) names, which names none: run make weights in"
          + " a checkout and name its .deps/weights, or name a file with \(option)"
        : "no such file: run make weights, or name a file with \(option)")
  }

  /// Returns the path of the file; nil where it is not there.
  ///
  /// - Parameters:
  ///   - environment: the variables of the process.
  ///   - executable: the path of the program, from which a checkout is looked for.
  /// - Throws: `FileError` where the system does not tell whether it is there.
  public func pathIfThere(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    executable: String = OwnExecutable.path
  ) throws(FileError) -> String? {
    guard let path = place(environment: environment, executable: executable),
      try InputFile.isThere(path)
    else { return nil }
    return path
  }

  /// Where the file is looked for; nil without a folder.
  private func place(environment: [String: String], executable: String) -> String? {
    Self.folder(environment: environment, executable: executable).map { "\($0)/\(rawValue)" }
  }

  /// The environment variable that names the folder.
  public static let variable = "MULTIBOX_WEIGHTS"

  /// The folder of the files; nil without the variable and outside of a checkout.
  private static func folder(environment: [String: String], executable: String) -> String? {
    if let named = environment[variable], !named.isEmpty { return named }
    return OwnExecutable.dependencies(of: executable).map { $0 + "/weights" }
  }
}
