#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How many processors this process may use, which may be fewer than the machine has.
///
/// `taskset`, SLURM and container engines give a process some of them, or a share of their time.
/// As many threads as the machine has processors would wait for each other there: those of a
/// convolution turn in a loop at its barriers, and take the time from the one that they wait for.
public enum AvailableProcessors {
  /// The number, 1 or more, as it is when first asked for.
  ///
  /// Those that the scheduler lets the process run on, and no more than its control groups have
  /// time for, rounded up: `--cpus 1.5` of a container are 2.
  public static let count = counted()

  static func counted() -> Int {
    let allowed = allowedCount() ?? max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)
    let quotas = ControlGroup.ofThisProcess().compactMap {
      $0.processorCount(read: KernelText.read)
    }
    return quotas.reduce(allowed, min)
  }

  /// Those that the scheduler lets this thread run on; nil where that says nothing of the process.
  private static func allowedCount() -> Int? {
    let environment = { (name: String) in getenv(name).map { String(cString: $0) } }
    guard !bindsThreads(environment: environment) else { return nil }
    return KernelText.read("/proc/thread-self/status").flatMap(allowedCount(status:))
  }

  /// Whether OpenMP binds threads to processors, the first one as well.
  ///
  /// - Parameter environment: the value of a variable, nil where it is not set.
  static func bindsThreads(environment: (String) -> String?) -> Bool {
    if let binding = environment("OMP_PROC_BIND") { return binding.lowercased() != "false" }
    return ["OMP_PLACES", "GOMP_CPU_AFFINITY"].contains { environment($0) != nil }
  }

  /// Counts the processors in the text of `/proc/PID/status`: `Cpus_allowed:\tff,ffffffff`.
  static func allowedCount(status: String) -> Int? {
    let key = "Cpus_allowed:"
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else {
      return nil
    }
    let digits = line.dropFirst(key.count).compactMap(\.hexDigitValue)
    let count = digits.reduce(0) { $0 + $1.nonzeroBitCount }
    return count > 0 ? count : nil
  }
}
