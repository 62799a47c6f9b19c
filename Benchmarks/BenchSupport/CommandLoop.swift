import ArgumentParser
import Foundation

/// Answers the driver's commands, a line each: the name of a measurement runs it once and prints
/// its milliseconds, and those of the processor, as a JSON object; the end of the input ends it.
package struct CommandLoop {
  /// What is measured, by name.
  let measurements: [String: () throws -> Void]

  package init(measurements: [String: () throws -> Void]) {
    self.measurements = measurements
  }

  package func run() throws {
    try answer(["ready": true])
    while let line = readLine() {
      guard let measurement = measurements[line] else {
        throw ValidationError(
          "expected one of \(measurements.keys.sorted().joined(separator: ", ")), found \(line)")
      }
      let start = Self.processorTime()
      let duration = try ContinuousClock().measure(measurement)
      try answer([
        "ms": duration / .milliseconds(1), "cpu_ms": Self.processorTime() - start,
      ])
    }
  }

  /// The milliseconds that all threads of the process have computed.
  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
  }

  private func answer(_ object: [String: Any]) throws {
    var line = try JSONSerialization.data(withJSONObject: object)
    line.append(UInt8(ascii: "\n"))
    try FileHandle.standardOutput.write(contentsOf: line)
  }
}
