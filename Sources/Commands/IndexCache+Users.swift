import Datasets
import Foundation

extension IndexCache {
  /// The one that the user's environment names, of which the first thing that goes wrong is told;
  /// nil where nothing is to be kept.
  public static let users: IndexCache? = folder(ProcessInfo.processInfo.environment).map {
    IndexCache(folder: $0) { StandardError.write($0) }
  }

  /// Says that labels were taken from a kept index.
  ///
  /// - Parameter since: when they were read.
  public static func note(_ since: Date) -> String {
    "labels and pictures as they were read \(since.formatted(.iso8601)): no file has changed since"
      + " (\(variable)=off reads anew)"
  }
}
