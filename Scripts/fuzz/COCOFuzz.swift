import Foundation

/// libFuzzer's entry: any bytes must give COCO's content or a `FileError`, never a trap; and what the
/// scanner passes Foundation must pass, too.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCOCO(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let data = start.map { Data(bytes: $0, count: count) } ?? Data()
  do {
    let content = try COCOContent(MappedFile(data), path: "fuzz")
    check(content)
  } catch {
    precondition(error.path == "fuzz")
  }
  do {
    let found = try COCOResults(MappedFile(data), path: "fuzz")
    for result in found.results {
      let box = result.sides.box
      precondition(box.xMin <= box.xMax && box.yMin <= box.yMax && result.score.isFinite)
      precondition(found.imageIDs.indices.contains(Int(result.image)))
      precondition(found.categoryIDs.indices.contains(Int(result.category)))
    }
  } catch {
    precondition(error.path == "fuzz")
  }
  compare(data)
  return 0
}

private func check(_ content: COCOContent) {
  let (names, classes) = content.classes()
  precondition(classes.sorted() == Array(names.indices))
  for (index, annotation) in content.annotations.enumerated() {
    precondition((content.malformedBoxes[index] != nil) == (annotation.boxSource == .malformed))
    _ = content.imageIndex(of: annotation).map { content.images[$0].id.description }
    _ = content.categoryIndex(of: annotation).map { content.categories[$0].name }
    _ = (content.imageID(of: annotation), content.categoryID(of: annotation))
    if let box = annotation.box { precondition(box.xMin <= box.xMax && box.yMin <= box.yMax) }
  }
}

/// A scanner that passes what Foundation refuses has a hole.
private func compare(_ data: Data) {
  // Foundation tells UTF-16 and UTF-32 by zeros alone, too; those have none in our reading.
  guard !data.prefix(4).contains(0), !data.starts(with: [0xFF, 0xFE]),
    !data.starts(with: [0xFE, 0xFF])
  else { return }
  do {
    try JSONFile.read(MappedFile(data), path: "fuzz") { scanner throws(JSONProblem) in
      try readAll(&scanner)
    }
  } catch {
    return
  }
  do {
    _ = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
  } catch {
    preconditionFailure("passed, but \(error)")
  }
}

/// Passes any value as a user of the scanner does who reads all, and compares each number with
/// `strtod`.
private func readAll(_ scanner: inout JSONScanner) throws(JSONProblem) {
  switch scanner.next() {
  case UInt8(ascii: "{"):
    try scanner.eachMember { scanner, key throws(JSONProblem) in
      _ = scanner.text(key)
      try readAll(&scanner)
    }
  case UInt8(ascii: "["):
    try scanner.eachElement { scanner throws(JSONProblem) in try readAll(&scanner) }
  case UInt8(ascii: "\""): _ = scanner.text(try scanner.string())
  default:
    guard scanner.isNumber else { return try scanner.skip() }
    let start = scanner.position
    let value = try scanner.double()
    let text = scanner.written(start..<scanner.position)
    precondition(value.bitPattern == strtod(text, nil).bitPattern, text)
  }
}
