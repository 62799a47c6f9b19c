import Foundation

/// The program that is running.
public enum OwnExecutable {
  /// The path of its file, with symbolic links followed.
  public static let path: String = {
    let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }()

  /// Returns the folder into which the scripts of a checkout bring what others made; nil outside of
  /// a checkout.
  ///
  /// - Parameter executable: the path of a program that was built in the checkout.
  package static func dependencies(of executable: String) -> String? {
    var folder = executable.parentFolder
    while folder.count > 1 {
      if folder.lastPart == ".build" { return folder.parentFolder + "/.deps" }
      folder = folder.parentFolder
    }
    return nil
  }
}
