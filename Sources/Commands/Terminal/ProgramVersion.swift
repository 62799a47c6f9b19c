import CBuildStamp
import ImageFiles

/// The version that the executables tell.
public enum ProgramVersion {
  /// The version, as the first line of `--version` has it.
  public static let text = "0.1.0"

  /// What an executable is made of: a line of `--version` behind the first.
  public struct Part: Hashable, Sendable {
    /// A word or two, without a colon.
    public let name: String
    /// Its version, or why there is none; one line.
    public let value: String

    /// - Parameters:
    ///   - name: a word or two, without a colon.
    ///   - value: its version, or why there is none; one line.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }

    /// As it is printed: `name: value`.
    public var line: String { "\(name): \(value)" }
  }

  /// The commit that it was built from.
  ///
  /// `make package` and `make install` tell it to the build, with `+changes` behind it where files
  /// differed; other builds do not know it, and say so.
  public static let commit = Part(
    "commit",
    { $0.isEmpty ? "unknown, not told to the build" : $0 }(String(cString: build_commit())))

  /// The formats of images that this build reads.
  public static let images = Part("images", ImageFile.formats.joined(separator: ", "))
}
