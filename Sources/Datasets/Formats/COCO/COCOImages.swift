/// The images of a file in its order, as small as they can be: a file may have a million, and names
/// that are texts of their own would take four times the memory.
struct COCOImages: RandomAccessCollection, Sendable {
  private var identifiers: [Int32] = []
  private var sizes: [(width: Int?, height: Int?)] = []
  /// All names, one behind the other, in UTF-8.
  private var names: [UInt8] = []
  private var ends: [Int] = []

  /// Stands for no name: no text in UTF-8 has such a byte.
  private static let noName: UInt8 = 0xFF

  var startIndex: Int { 0 }
  var endIndex: Int { identifiers.count }

  mutating func append(_ image: COCOContent.Image) {
    identifiers.append(image.identifier)
    sizes.append((image.width, image.height))
    if let name = image.fileName { names += name.utf8 } else { names.append(Self.noName) }
    ends.append(names.count)
  }

  subscript(index: Int) -> COCOContent.Image {
    let name = names[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    return COCOContent.Image(
      identifier: identifiers[index],
      fileName: name.first == Self.noName ? nil : String(decoding: name, as: UTF8.self),
      width: sizes[index].width, height: sizes[index].height)
  }
}
