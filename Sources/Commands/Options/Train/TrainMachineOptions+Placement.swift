import ArgumentParser
import Runs

extension TrainMachineOptions {
  /// Returns the place of this process among several that train together; nil where it is alone, or
  /// is to start the others.
  ///
  /// - Parameter environment: variables by name.
  /// - Throws: `ProcessPlacementError` naming a variable; a usage error for options without
  ///   effect.
  public func placement(_ environment: [String: String]) throws -> ProcessPlacement? {
    let found = try ProcessPlacement.read(environment)
    if let found, let processes {
      throw ValidationError(
        "--processes \(processes) has no effect: the environment says that this is process"
          + " \(found.rank) of \(found.size)")
    }
    if found == nil, processes ?? 1 == 1 {
      try refuse(
        [
          ("--batch-norm", batchNorm != nil), ("--collective-timeout", collectiveTimeout != nil),
          ("--collectives", collectives != nil),
        ], with: "one process")
    }
    return found
  }
}
