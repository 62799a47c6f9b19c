import Files

/// A results file in COCO's JSON: a list of image_id, category_id, bbox and score.
///
/// Other keys are passed over. Reading it needs no ground truth, so both files can be read at once.
public struct COCOResults: Sendable {
  /// The path that it was read from, for messages.
  let path: String
  let results: [Result]
  /// What the numbers of a result stand for.
  let imageIDs: [COCOIdentifier]
  let categoryIDs: [COCOIdentifier]

  struct Result: Sendable {
    let image: Int32
    let category: Int32
    let sides: COCOSides
    let score: Double
  }

  /// Reads a results file.
  ///
  /// - Parameter path: of a results JSON.
  /// - Throws: `FileError` that names file, place, expected and found.
  public init(_ path: String) throws {
    try self.init(MappedFile(path), path: path)
  }

  /// Reads a file of `path`.
  init(_ file: MappedFile, path: String) throws(FileError) {
    self.path = path
    let reader = try JSONFile.read(file, path: path) { scanner throws(JSONProblem) in
      var reader = Reader()
      // Some 130 bytes a result, so that there is room for most from the beginning.
      reader.results.reserveCapacity(scanner.count / 130)
      try scanner.eachElement { scanner throws(JSONProblem) in try reader.readResult(&scanner) }
      return reader
    }
    results = reader.results
    imageIDs = reader.imageIdentifiers.list
    categoryIDs = reader.categoryIdentifiers.list
  }

  private struct Reader {
    var results: [Result] = []
    var imageIdentifiers = COCOIdentifiers()
    var categoryIdentifiers = COCOIdentifiers()

    mutating func readResult(_ scanner: inout JSONScanner) throws(JSONProblem) {
      var image: Int32?
      var category: Int32?
      var sides: COCOSides?
      var score: Double?
      try scanner.eachMember { scanner, key throws(JSONProblem) in
        if scanner.is(key, "image_id") {
          image = imageIdentifiers.reference(try scanner.identifier())
        } else if scanner.is(key, "category_id") {
          category = categoryIdentifiers.reference(try scanner.identifier())
        } else if scanner.is(key, "bbox") {
          _ = scanner.next()
          let start = scanner.position
          sides = try scanner.sides()
          if sides == nil {
            throw scanner.malformedBox(start..<scanner.position)
          }
        } else if scanner.is(key, "score") {
          score = try scanner.double()
        } else {
          try scanner.skip()
        }
      }
      guard let image else { throw .missing("image_id") }
      guard let category else { throw .missing("category_id") }
      guard let sides else { throw .missing("bbox") }
      guard let score else { throw .missing("score") }
      results.append(Result(image: image, category: category, sides: sides, score: score))
    }
  }
}
