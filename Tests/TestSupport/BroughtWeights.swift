import Foundation

/// What `make weights` has brought into this checkout; tests that need it are skipped without.
public enum BroughtWeights {
  public static let folder = ThisPackage.root + "/.deps/weights"

  public static func path(_ name: String) -> String { folder + "/" + name }

  public static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(name))
  }
}
