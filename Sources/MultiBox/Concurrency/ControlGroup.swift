/// A control group of a process that may limit its time of processors.
struct ControlGroup: Equatable {
  /// The kernel's two ways to tell of groups.
  enum Version: Equatable {
    /// One tree a controller; that of processors is looked at.
    case one
    /// One tree for all.
    case two
  }

  let version: Version
  /// Below the groups' root: `/docker/3f2a…`.
  let path: String

  /// Those of the process that asks, of either version one at most.
  static func ofThisProcess() -> [ControlGroup] {
    KernelText.read("/proc/self/cgroup").map(groups(lines:)) ?? []
  }

  /// Reads the lines of `/proc/PID/cgroup`: `4:cpu,cpuacct:/docker/3f2a`, and `0::/docker/3f2a` of
  /// version 2.
  static func groups(lines: String) -> [ControlGroup] {
    lines.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3, fields[2].hasPrefix("/") else { return nil }
      if fields[0] == "0", fields[1].isEmpty {
        return ControlGroup(version: .two, path: String(fields[2]))
      }
      guard fields[1].split(separator: ",").contains("cpu") else { return nil }
      return ControlGroup(version: .one, path: String(fields[2]))
    }
  }

  /// The processors that its quota of time, or that of a group around it, is worth, rounded up; nil
  /// without one.
  ///
  /// - Parameter read: the text of a file by its path, nil where there is none. A container may
  ///   see its own group as the root, whatever path it is told.
  func processorCount(read: (String) -> String?) -> Int? {
    let root = version == .two ? "/sys/fs/cgroup/" : "/sys/fs/cgroup/cpu/"
    var names = path.split(separator: "/")
    var counts: [Int] = []
    while true {
      let folder = root + names.map { $0 + "/" }.joined()
      if let (quota, period) = quota(in: folder, read: read), quota > 0, period > 0 {
        counts.append((quota - 1) / period + 1)
      }
      if names.isEmpty { return counts.min() }
      names.removeLast()
    }
  }

  /// Microseconds of processor time in so many; nil where a folder tells of none.
  private func quota(in folder: String, read: (String) -> String?) -> (Int, Int)? {
    let texts =
      switch version {
      case .two: [read(folder + "cpu.max")]
      case .one: [read(folder + "cpu.cfs_quota_us"), read(folder + "cpu.cfs_period_us")]
      }
    let words = texts.compactMap(\.self).flatMap { $0.split { $0 == " " || $0 == "\n" } }
    // Without a quota version 2 says `max`, and version 1 -1.
    guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]) else {
      return nil
    }
    return (quota, period)
  }
}
