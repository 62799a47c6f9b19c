import Foundation
import ImageFiles
import MultiBox
import OpenVINODetector

// count-objects MODEL DESCRIPTION|- IMAGE…: how many objects of each class are in each image.
let arguments = CommandLine.arguments.dropFirst()
guard arguments.count >= 3 else {
  FileHandle.standardError.write(Data("usage: count-objects MODEL DESCRIPTION|- IMAGE…\n".utf8))
  exit(64)
}
let (model, description) = (arguments[1], arguments[2])
do {
  let detector = try ModelDetector(
    model, description: description == "-" ? nil : description)
  for path in arguments.dropFirst(2) {
    let found = try detector.detections(in: ImageFile.read(path)).filter { $0.score >= 0.5 }
    let counts = Dictionary(grouping: found, by: \.classIndex)
      .sorted { $0.key < $1.key }
      .map { "\($0.value.count) \(detector.classNames[$0.key])" }
    print("\(path): \(counts.isEmpty ? "nothing" : counts.joined(separator: ", "))")
  }
} catch {
  FileHandle.standardError.write(Data("count-objects: \(error)\n".utf8))
  exit(1)
}
