import Files
import TrainingInput

extension RunFolder {
  /// Says whether a training goes on from the folder's checkpoint; nothing is written.
  ///
  /// - Parameters:
  ///   - configuration: of the training.
  ///   - startsAnew: takes a run only where it has learnt nothing yet, and does not go on with it.
  /// - Throws: `FileError` where the folder holds another run, or one without checkpoint.
  package func resumes(_ configuration: TrainingConfiguration, startsAnew: Bool) throws -> Bool {
    if startsAnew {
      try checkIsFree()
      return false
    }
    try checkKinds()
    guard try hasConfiguration else {
      // Results without a configuration are nobody's to overwrite.
      try checkIsFree()
      return false
    }
    guard try hasResults else {
      return try hasCheckpoint && (try? self.configuration()) == configuration
    }
    guard try self.configuration() == configuration else {
      throw FileError(
        path: configurationPath,
        reason: "holds a run of another configuration; another folder starts anew")
    }
    guard try hasCheckpoint else {
      throw FileError(path: path, reason: "cannot go on: it holds no checkpoint.safetensors")
    }
    return true
  }

  /// Removes the temporary files of writes that were killed.
  ///
  /// - Returns: what to tell.
  package func removeLeftovers() -> [String] {
    let count = [path, reportFolder, tensorBoardFolder].reduce(0) {
      $0 + UnfinishedFiles.removeLeftovers(in: $1)
    }
    return count == 0 ? [] : ["\(path): unfinished files of a killed process removed: \(count)"]
  }

  /// Compares splits with those that the run began with, and keeps these.
  ///
  /// - Parameters:
  ///   - records: the splits as they are now.
  ///   - acceptsChanged: keeps those that are other than before.
  /// - Returns: what to tell.
  /// - Throws: `FileError` naming the first split that is another, or what does not tell any more.
  package func keep(
    _ records: [String: SplitRecord], acceptsChanged: Bool
  ) throws -> [String] {
    // What has learnt nothing begins with what is there now.
    guard try hasResults else {
      try write(records)
      return acceptsChanged ? ["--accept-changed-data: nothing was learnt yet"] : []
    }
    guard try InputFile.isThere(dataPath) else {
      let reason = "no such file, so it is not known whether the data have changed"
      guard acceptsChanged else {
        throw FileError(
          path: dataPath, reason: reason + "; --accept-changed-data goes on with what is there now")
      }
      try write(records)
      return ["\(dataPath): \(reason)"]
    }
    // Of an older version, which kept the reports alone.
    guard let known = try splitRecords() else {
      try write(records)
      return []
    }
    let differences = records.sorted { $0.key < $1.key }.compactMap { split, record in
      known[split]?.difference(to: record).map { "the data have changed: \(split): \($0)" }
    }
    guard let first = differences.first else {
      return acceptsChanged ? ["--accept-changed-data: the data have not changed"] : []
    }
    guard acceptsChanged else {
      throw FileError(
        path: path, reason: first + "; --accept-changed-data goes on with what is there now")
    }
    try write(records)
    return differences
  }
}
