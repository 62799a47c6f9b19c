/// The version that the executables tell.
public enum ProgramVersion {
  /// The version, as `--version` prints it.
  public static let text = "0.1.0"
}
