import Commands
import Datasets
import Files
import MultiBox

/// What a user may want to look at or to change in a dataset, in lines for people.
struct DatasetHints {
  /// Empty where there is nothing.
  let lines: [String]

  /// - Parameters:
  ///   - parts: the splits, none of which joins others.
  ///   - command: writes the page that shows what is worth a look; nil where it is written.
  init(_ parts: [DatasetPart], command: [String]?) {
    var lines: [String] = []
    let (images, ofEach) = Suspicion.counts(parts.lazy.flatMap(\.dataset.images))
    if images > 0 {
      let reasons = ofEach.map { "\($0.reason.text): \($0.images)" }.joined(separator: ", ")
      lines.append(
        images.counted("image|images is|are worth a look") + " (\(reasons))"
          + (command.map { ": \(NextStep.commandLine($0))" } ?? ""))
    }
    var told: Set<[String]> = []
    for names in parts.flatMap(\.dataset.classNames.alike) where told.insert(names).inserted {
      let joined = names.dropFirst().map { "\($0)=\(names[0])" }
      lines.append(
        "classes that differ in case or white space alone: \(names.joined(separator: ", "));"
          + " --classes with \(([names[0]] + joined).joined(separator: ",")) joins them")
    }
    self.lines = lines.map(\.shown)
  }
}
