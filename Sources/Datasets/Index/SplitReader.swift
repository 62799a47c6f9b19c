import MultiBox
import Synchronization

/// The splits of a place, whose annotations are read once, also where somebody asks for the classes
/// of all splits before the images of each.
final class SplitReader: Sendable {
  private struct Opened {
    var content: SplitContent
    var report: DatasetReport
  }

  private let format: any LabelFormat
  /// What was read for the classes; a split that is taken leaves it, so that it costs no memory.
  private let opened = Mutex([String: Opened]())

  init(_ format: any LabelFormat) { self.format = format }

  /// Opens a split, unless it is open, and hands it over.
  ///
  /// - Parameter report: takes what concerns the split as a whole.
  func take(_ split: String, report: inout DatasetReport) throws -> SplitContent {
    let known = opened.withLock { $0.removeValue(forKey: split) }
    guard let known else { return try format.content(of: split, report: &report) }
    report.add(known.report)
    return known.content
  }

  /// The classes of all splits, and whether any has a list of its own.
  func classNames() throws -> (lists: [[String]], haveOrder: Bool) {
    var lists: [[String]] = []
    var haveOrder = false
    for split in try format.splits() {
      var report = DatasetReport()
      let content = try take(split, report: &report)
      let names = try content.allClassNames()
      if content.classNames != nil { haveOrder = true }
      lists.append(names.list)
      opened.withLock { [report] in $0[split] = Opened(content: names.content, report: report) }
    }
    return (lists, haveOrder)
  }
}

extension SplitContent {
  /// The classes: the files' own list, else the names of the objects, sorted; and the split as it
  /// is after that, with annotations that were read.
  func allClassNames() throws -> (list: [String], content: SplitContent) {
    if let classNames { return (classNames, self) }
    let read = try concurrentMap(
      count: imageCount, threadCount: AvailableProcessors.count
    ) { index in
      var report = DatasetReport()
      return Result { try image(index, report: &report) }.map { (image: $0, report: report) }
    }.map { try $0.get() }
    var names: Set<String> = []
    for object in read.lazy.compactMap(\.image).flatMap(\.objects) {
      if case .name(let name) = object.label { names.insert(name) }
    }
    let content = SplitContent(imageCount: imageCount) { index, report in
      report.add(read[index].report)
      return read[index].image
    }
    return (names.sorted(), content)
  }
}
