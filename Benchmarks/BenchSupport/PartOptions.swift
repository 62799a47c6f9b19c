import ArgumentParser
import ModelFiles

/// What every part is told.
package struct PartOptions: ParsableArguments {
  @Option(help: "Where the inputs are written for the peer, and the results to compare.")
  package var folder: String

  @Option(help: "Threads to use.")
  package var threads = 2

  @Option(help: "The inputs are drawn from it.")
  package var seed: UInt64 = 1

  package init() {}

  package func validate() throws {
    guard threads > 0 else {
      throw ValidationError("--threads: expected 1 or more, found \(threads)")
    }
  }

  /// Writes what the peer gets.
  package func write(inputs: [String: NamedArray]) throws {
    try Safetensors(arrays: inputs).write(to: folder + "/inputs.safetensors")
  }

  /// Writes what is compared with the peer's results.
  package func write(results: [String: NamedArray]) throws {
    try Safetensors(arrays: results).write(to: folder + "/ours.safetensors")
  }
}
