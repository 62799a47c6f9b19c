import ArgumentParser
import Detectors
import Runs

// Wrong usage: errors that end with argument-parser's text and exit code 64.

/// - Throws: a usage error naming the option, what it takes and what was given.
public func require<Value>(
  _ condition: Bool, _ option: String, _ expected: String, _ found: Value
) throws {
  guard condition else {
    throw ValidationError("\(option): expected \(expected), found \(found)")
  }
}

/// - Throws: a usage error naming the option, the names that there are and the one given.
func requireName(_ name: String, _ option: String, _ names: [String]) throws {
  try require(names.contains(name), option, "one of \(names.joined(separator: ", "))", name)
}

/// - Throws: a usage error where a number is outside of a range.
public func require(_ value: Int?, _ option: String, in range: ClosedRange<Int>) throws {
  guard let value else { return }
  try require(range.contains(value), option, range.words, value)
}

/// - Throws: a usage error where no computer has so many threads, or there are none.
public func requireThreads(_ count: Int?, _ option: String = "--threads") throws {
  try require(count, option, in: TrainingConfiguration.Limits.threads)
}

/// - Throws: a usage error for float16 on the processor.
public func requirePrecision(_ precision: Precision?, on device: String?) throws {
  let device = device ?? TrainingConfiguration.Execution.usualDevice
  try require(
    precision != .float16 || device != TrainingConfiguration.Execution.usualDevice, "--precision",
    "float32 or bfloat16 with --device \(device)", Precision.float16.rawValue)
}

/// - Parameter side: of the network's input, where it was given.
/// - Throws: a usage error where the network cannot have it.
public func requireImageSize(_ side: Int?, for network: NetworkPreset = .ssdCompact) throws {
  guard let side else { return }
  try require(
    network.fixedSide == nil, "--image-size",
    "no value with --model \(network.name), which has its own", side)
  try require(
    side >= 64 && side % 32 == 0 && side <= 2048, "--image-size",
    "a multiple of 32 from 64 to 2048", side)
}

/// - Parameter given: options, and whether each was given.
/// - Throws: a usage error naming the first one that was.
func refuse(_ given: [(name: String, isGiven: Bool)], with choice: String) throws {
  for (name, isGiven) in given where isGiven {
    throw ValidationError("\(name) has no effect with \(choice)")
  }
}
