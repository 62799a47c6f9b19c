/// The control group of a process, by its path below the groups' root: `/docker/3f2a…`.
struct ControlGroup {
  let path: String

  /// Of the process that asks; nil without groups of version 2.
  static func ofThisProcess() -> ControlGroup? {
    KernelText.read("/proc/self/cgroup").flatMap(ControlGroup.init(lines:))
  }

  /// Reads the lines of `/proc/PID/cgroup`; that of version 2 begins with `0::`.
  init?(lines: String) {
    guard let line = lines.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else {
      return nil
    }
    path = String(line.dropFirst(3))
  }

  /// The processors that its quota of time, or that of a group around it, is worth, rounded up; nil
  /// without one.
  ///
  /// - Parameter read: the text of a file by its path, nil where there is none. A container may
  ///   see its own group as the root, whatever path it is told.
  func processorCount(read: (String) -> String?) -> Int? {
    var names = path.split(separator: "/")
    var counts: [Int] = []
    while true {
      let folder = "/sys/fs/cgroup/" + names.map { $0 + "/" }.joined()
      // Microseconds of processor time in so many: `150000 100000`, or `max 100000`.
      let numbers = read(folder + "cpu.max")?.split { $0 == " " || $0 == "\n" }.map { Int($0) }
      if let numbers, numbers.count == 2, let quota = numbers[0], let period = numbers[1],
        quota > 0, period > 0
      {
        counts.append((quota - 1) / period + 1)
      }
      if names.isEmpty { return counts.min() }
      names.removeLast()
    }
  }
}
