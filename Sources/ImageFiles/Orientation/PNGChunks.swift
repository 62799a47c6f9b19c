/// The chunks of a PNG file that say how its picture stands; they may follow the picture too.
struct PNGChunks {
  /// The content of eXIf.
  private(set) var exif: UnsafeRawBufferPointer?
  /// The uncompressed iTXt of XMP's keyword, with its flags and languages.
  private(set) var xmp: UnsafeRawBufferPointer?

  init(_ bytes: UnsafeRawBufferPointer) {
    let keyword = Array("XML:com.adobe.xmp\0\0".utf8)
    var position = PNGCodec.signature.count
    while position + 12 <= bytes.count {
      let length = Int(
        bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self).bigEndian)
      guard length <= bytes.count - position - 12 else { return }
      let type = bytes[(position + 4)..<(position + 8)]
      let content = UnsafeRawBufferPointer(
        rebasing: bytes[(position + 8)..<(position + 8 + length)])
      if exif == nil, type.elementsEqual("eXIf".utf8) { exif = content }
      if xmp == nil, type.elementsEqual("iTXt".utf8), content.starts(with: keyword) {
        xmp = content
      }
      position += length + 12
    }
  }
}
