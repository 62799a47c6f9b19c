import Foundation

/// The program that is running.
public enum OwnExecutable {
  /// The path of its file, with symbolic links followed.
  public static let path: String = {
    let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }()
}
