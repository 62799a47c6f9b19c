import Foundation

/// This package, where it was built.
public enum ThisPackage {
  public static let root = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../..").standardizedFileURL.path
}

/// Material beside the project that is not part of it: blood cells, goldens of others, models.
public enum SharedMaterial {
  /// Set where nothing may be skipped, as `.ci/run` does: what is absent is an error then.
  public static let isRequired =
    ProcessInfo.processInfo.environment["MULTIBOX_REQUIRES_SHARED"] != nil

  public static let folder = URL(fileURLWithPath: ThisPackage.root)
    .appendingPathComponent("../shared").standardizedFileURL.path

  public static func path(_ name: String) -> String { folder + "/" + name }

  /// Says whether a test that needs `name` should run: not where it is absent, unless it is
  /// required, and then the test fails at what it cannot read.
  public static func has(_ name: String) -> Bool {
    isRequired || FileManager.default.fileExists(atPath: path(name))
  }

  /// The reason of what is skipped.
  public static let isMissing = "needs ../shared"
}
