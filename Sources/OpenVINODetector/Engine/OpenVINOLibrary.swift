import COpenVINO

/// OpenVINO's library, as it was found when the process began.
public enum OpenVINOLibrary {
  /// Its version with its build, as `2026.4.1-…`; nil where it does not tell.
  public static var version: String? {
    var text = [CChar](repeating: 0, count: 256)
    guard cov_version(&text, Int32(text.count)) == 0 else { return nil }
    return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
  }
}
