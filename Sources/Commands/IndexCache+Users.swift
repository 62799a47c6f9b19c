import Datasets
import Foundation
import Runs

extension IndexCache {
  /// The one that the user's environment names, of which the first thing that goes wrong is told;
  /// nil where nothing is to be kept.
  public static let users: IndexCache? = {
    let environment = ProcessInfo.processInfo.environment
    // Of several processes of a machine, which share the folder, one tells. A place that makes no
    // sense is the training's to refuse.
    let place = try? ProcessPlacement.read(environment)
    return folder(environment).map {
      IndexCache(folder: $0) { if place?.localRank ?? 0 == 0 { StandardError.write($0) } }
    }
  }()

  /// Says that labels were taken from a kept index.
  ///
  /// - Parameter since: when they were read.
  public static func note(_ since: Date) -> String {
    "labels and pictures as they were read \(since.formatted(.iso8601)): no file has changed since"
      + " (\(variable)=off reads anew)"
  }
}
