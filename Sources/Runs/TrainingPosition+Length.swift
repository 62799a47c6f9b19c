import Files
import Foundation

extension TrainingConfiguration {
  /// Returns the configuration of the same run with another length, without a limit of iterations.
  ///
  /// - Parameters:
  ///   - epochs: of the whole run; nil changes nothing.
  ///   - path: what the error calls the configuration.
  /// - Throws: `FileError` for a number of epochs that no run has.
  package func lengthened(toEpochs epochs: Int?, path: String) throws(FileError) -> Self {
    guard let epochs else { return self }
    var result = self
    result.optimization.epochs = epochs
    result.optimization.maximumIterations = nil
    try result.validate(path: path)
    return result
  }
}

extension TrainingPosition {
  /// Goes on in a run of another length: its schedule is stretched, and its patience counts anew.
  ///
  /// - Parameters:
  ///   - old: the run's configuration so far, and its length.
  ///   - new: the run's configuration from now on, and its length.
  ///   - path: what the error calls the configuration.
  /// - Returns: what to tell.
  /// - Throws: `FileError` where more epochs are begun than the run is to have.
  package mutating func lengthen(
    _ old: TrainingConfiguration, _ oldLength: TrainingLength,
    to new: TrainingConfiguration, _ newLength: TrainingLength, path: String
  ) throws(FileError) -> String {
    guard iteration <= newLength.iterations else {
      throw FileError(
        path: path,
        reason: "optimization.epochs: expected \(newLength.epoch(of: iteration)) or more, because"
          + " so many are begun or done, found \(newLength.epochs)")
    }
    measurementsWithoutRise = nil
    let isAtEnd = iteration >= newLength.iterations
    if isAtEnd, !oldLength.isMeasured(after: iteration) { isToBeEvaluated = true }
    var note = "epochs \(oldLength.epochs) -> \(newLength.epochs)"
    if let limit = old.optimization.maximumIterations {
      note += ", no longer ended after \(limit) steps"
    }
    if isAtEnd { return note + "; all of them are done" }
    note += "; the schedule is stretched to step \(newLength.scheduledIterations)"
    func rate(_ configuration: TrainingConfiguration, _ length: TrainingLength) -> String {
      String(
        format: "%.2g",
        configuration.optimization.learningRate.rate(
          at: iteration, of: length.scheduledIterations))
    }
    let (before, after) = (rate(old, oldLength), rate(new, newLength))
    return before == after ? note : note + ": the rate goes on at \(after), not \(before)"
  }
}
