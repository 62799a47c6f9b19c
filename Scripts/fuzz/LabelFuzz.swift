import Foundation

/// libFuzzer's entry: any bytes must give images or a `FileError`, never a trap, in every layout of
/// JSON labels.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLabels(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let data = start.map { Data(bytes: $0, count: count) } ?? Data()
  let path = FileManager.default.temporaryDirectory.path + "/labels-\(getpid()).json"
  FileManager.default.createFile(atPath: path, contents: data)
  let formats: [any LabelFormat.Type] = [
    CreateMLFormat.self, LabelMeFormat.self, VIAFormat.self, LabelStudioFormat.self,
  ]
  for format in formats {
    do {
      try read(format, DatasetPlace(path))
    } catch {
      precondition((error as? FileError)?.path == path, "\(error)")
    }
  }
  return 0
}

private func read(_ format: any LabelFormat.Type, _ place: DatasetPlace) throws {
  _ = format.recognize(place)
  let reader = try format.init(place, options: ReadingOptions())
  for split in try reader.splits() {
    var report = DatasetReport()
    let content = try reader.content(of: split, report: &report)
    for index in 0..<content.imageCount {
      guard let image = try content.image(index, report: &report) else {
        precondition(!report.problems.isEmpty, "an image is left out without a word")
        continue
      }
      for object in image.objects { precondition(!object.place.isEmpty) }
    }
  }
}
