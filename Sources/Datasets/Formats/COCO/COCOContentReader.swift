/// Takes a COCO instances file from a scanner.
struct COCOContentReader {
  let refusesMalformedBoxes: Bool
  private(set) var images = COCOImages()
  private(set) var categories: [COCOContent.Category] = []
  private(set) var annotations: [COCOContent.Annotation] = []
  private(set) var malformedBoxes: [Int: String] = [:]
  private(set) var rotations: [Int: Double] = [:]
  private(set) var imageIdentifiers = COCOIdentifiers()
  private(set) var categoryIdentifiers = COCOIdentifiers()
  private(set) var missingLists = ["images", "categories", "annotations"]

  init(refusesMalformedBoxes: Bool) { self.refusesMalformedBoxes = refusesMalformedBoxes }

  mutating func read(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var isOpen = try scanner.openObject()
    while isOpen {
      let key = try scanner.key()
      if scanner.is(key, "annotations") {
        try readList("annotations", &scanner) { reader, scanner throws(JSONProblem) in
          try reader.readAnnotation(&scanner)
        }
      } else if scanner.is(key, "images") {
        try readList("images", &scanner) { reader, scanner throws(JSONProblem) in
          try reader.readImage(&scanner)
        }
      } else if scanner.is(key, "categories") {
        try readList("categories", &scanner) { reader, scanner throws(JSONProblem) in
          try reader.readCategory(&scanner)
        }
      } else {
        try scanner.skip(inside: key)
      }
      isOpen = try scanner.continuesObject()
    }
  }

  /// Reads one of the three lists, which must not come twice: the first would be lost.
  private mutating func readList(
    _ name: String, _ scanner: inout JSONScanner,
    _ element: (inout COCOContentReader, inout JSONScanner) throws(JSONProblem) -> Void
  ) throws(JSONProblem) {
    guard let place = missingLists.firstIndex(of: name) else {
      throw JSONProblem(path: name, offset: scanner.position, "a second list of this name")
    }
    missingLists.remove(at: place)
    do throws(JSONProblem) {
      try scanner.eachElement { scanner throws(JSONProblem) in try element(&self, &scanner) }
    } catch {
      throw error.inside(name)
    }
  }

  private mutating func readImage(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var id: COCOIdentifier?
    var fileName: String?
    var address: JSONString?
    var width: Int?
    var height: Int?
    try scanner.eachMember { scanner, key throws(JSONProblem) in
      if scanner.is(key, "id") {
        id = try scanner.identifier()
      } else if scanner.is(key, "file_name") {
        fileName = try scanner.passesNull() ? nil : scanner.text(scanner.string())
      } else if scanner.is(key, "coco_url") {
        guard scanner.next() == UInt8(ascii: "\"") else { return try scanner.skip() }
        address = try scanner.string()
      } else if scanner.is(key, "width") {
        width = try scanner.passesNull() ? nil : scanner.integer()
      } else if scanner.is(key, "height") {
        height = try scanner.passesNull() ? nil : scanner.integer()
      } else {
        try scanner.skip()
      }
    }
    guard let id else { throw .missing("id") }
    // LVIS has no other name: the folder and the file at the end of the address.
    if fileName == nil, let address {
      fileName = scanner.text(address).split(separator: "/").suffix(2).joined(separator: "/")
    }
    images.append(
      COCOContent.Image(
        identifier: imageIdentifiers.ownReference(id), fileName: fileName, width: width,
        height: height))
  }

  private mutating func readCategory(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var id: COCOIdentifier?
    var name: String?
    try scanner.eachMember { scanner, key throws(JSONProblem) in
      if scanner.is(key, "id") {
        id = try scanner.identifier()
      } else if scanner.is(key, "name") {
        // Of digits, say, some tools write the names as numbers.
        name =
          try scanner.isNumber
          ? scanner.written(scanner.number().range) : scanner.text(scanner.string())
      } else {
        try scanner.skip()
      }
    }
    guard let id else { throw .missing("id") }
    guard let name else { throw .missing("name") }
    _ = categoryIdentifiers.reference(id)
    categories.append(COCOContent.Category(id: id, name: name))
  }

  private mutating func readAnnotation(_ scanner: inout JSONScanner) throws(JSONProblem) {
    var image: Int32?
    var category: Int32?
    var sides: COCOSides?
    var box: Range<Int>?
    var segment: Int?
    var area: Double?
    var isCrowd = false
    var isDifficult = false
    var rotation = 0.0
    try scanner.eachMember { scanner, key throws(JSONProblem) in
      if scanner.is(key, "segmentation") {
        _ = scanner.next()
        segment = scanner.position
        try scanner.skip()
      } else if scanner.is(key, "bbox") {
        sides = nil
        box = nil
        guard try !scanner.passesNull() else { return }
        let start = scanner.position
        sides = try scanner.sides(allowsNegative: !refusesMalformedBoxes)
        box = start..<scanner.position
        if sides == nil, refusesMalformedBoxes, !scanner.isEmptyList(start..<scanner.position) {
          throw scanner.malformedBox(start..<scanner.position)
        }
      } else if scanner.is(key, "image_id") {
        image = imageIdentifiers.reference(try scanner.identifier())
      } else if scanner.is(key, "category_id") {
        category = categoryIdentifiers.reference(try scanner.identifier())
      } else if scanner.is(key, "area") {
        area = try scanner.passesNull() ? nil : scanner.double()
      } else if scanner.is(key, "iscrowd") {
        isCrowd = try scanner.flag()
      } else if scanner.is(key, "difficult") {
        isDifficult = try scanner.flag()
      } else if scanner.is(key, "attributes") {
        rotation = try scanner.rotation()
      } else {
        try scanner.skip()
      }
    }
    guard let image else { throw .missing("image_id") }
    guard let category else { throw .missing("category_id") }
    var source = COCOContent.BoxSource.bbox
    if sides == nil, let box, !scanner.isEmptyList(box) {
      source = .malformed
      malformedBoxes[annotations.count] = scanner.malformedBox(box).reason
    } else if sides == nil {
      if let segment {
        var again = scanner
        again.position = segment
        sides = try again.segmentSides()
      }
      source = sides == nil ? .none : .segment
    }
    if rotation != 0, source == .bbox { rotations[annotations.count] = rotation }
    annotations.append(
      COCOContent.Annotation(
        image: image, category: category, sides: sides ?? .none, area: area, boxSource: source,
        isCrowd: isCrowd, isDifficult: isDifficult))
  }
}
