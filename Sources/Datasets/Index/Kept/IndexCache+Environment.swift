extension IndexCache {
  /// The variable of the environment that names the folder.
  public static let variable = "MULTIBOX_CACHE"

  /// Returns the folder that an environment names: `MULTIBOX_CACHE`, which `off` or nothing
  /// switches off; else `multibox` in `XDG_CACHE_HOME`, else in `.cache` of `HOME`.
  ///
  /// - Parameter environment: of the process.
  /// - Returns: nil where nothing is to be kept, or nobody says where.
  public static func folder(_ environment: [String: String]) -> String? {
    if let folder = environment[variable] {
      return folder.isEmpty || folder == "off" ? nil : folder
    }
    // By its own specification a relative path is to be ignored.
    if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
      return "\(cache)/multibox"
    }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return "\(home)/.cache/multibox"
  }
}
