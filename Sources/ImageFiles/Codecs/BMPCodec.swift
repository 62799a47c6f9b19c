/// Uncompressed Windows bitmaps: 1, 4 and 8 bit with palette, 16, 24 and 32 bit, with or without
/// bit fields.
///
/// Own code, because no maintained library of its own reads them.
enum BMPCodec: ImageCodec {
  static let signature: [UInt8] = [0x42, 0x4D]

  static func size(_ bytes: UnsafeRawBufferPointer) throws -> (width: Int, height: Int) {
    let header = try Header(bytes)
    return (header.width, header.height)
  }

  static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage {
    let header = try Header(bytes)
    let rowBytes = (header.width * header.bitsPerPixel + 31) / 32 * 4
    try require(bytes, header.pixelOffset + rowBytes * header.height)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(header.width * header.height * 3)
    for y in 0..<header.height {
      let row = header.pixelOffset + rowBytes * (header.isTopDown ? y : header.height - 1 - y)
      for x in 0..<header.width {
        let color = try header.color(x, row: row, bytes)
        pixels.append(color.red)
        pixels.append(color.green)
        pixels.append(color.blue)
      }
    }
    return RGBImage(width: header.width, height: header.height, pixels: pixels)
  }

  fileprivate static func require(_ bytes: UnsafeRawBufferPointer, _ count: Int) throws {
    guard bytes.count >= count else {
      throw CodecError(reason: "BMP: expected \(count) bytes, found \(bytes.count); truncated")
    }
  }

  private struct Color {
    var red: UInt8
    var green: UInt8
    var blue: UInt8
  }

  /// The bits of one channel in a pixel.
  private struct Channel {
    let shift: Int
    let maximum: UInt32

    init(mask: UInt32) {
      shift = mask == 0 ? 0 : mask.trailingZeroBitCount
      maximum = mask == 0 ? 0 : mask >> UInt32(mask.trailingZeroBitCount)
    }

    func value(_ pixel: UInt32) -> UInt8 {
      guard maximum > 0 else { return 0 }
      let bits = UInt64((pixel >> UInt32(shift)) & maximum)
      return UInt8((bits * 255 + UInt64(maximum) / 2) / UInt64(maximum))
    }
  }

  private struct Header {
    let width: Int
    let height: Int
    let isTopDown: Bool
    let bitsPerPixel: Int
    let pixelOffset: Int
    private let palette: [Color]
    private let channels: (red: Channel, green: Channel, blue: Channel)

    init(_ bytes: UnsafeRawBufferPointer) throws {
      func word(_ offset: Int) -> Int {
        Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self).littleEndian)
      }
      func long(_ offset: Int) -> UInt32 {
        bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian
      }
      try require(bytes, 26)
      pixelOffset = Int(long(10))
      let headerSize = Int(long(14))
      let isCore = headerSize == 12
      guard isCore || (40...124).contains(headerSize) else {
        throw CodecError(
          reason: "BMP: expected a header of 12 or 40…124 bytes, found \(headerSize)")
      }
      try require(bytes, 14 + headerSize)
      let signedHeight = isCore ? word(20) : Int(Int32(bitPattern: long(22)))
      width = isCore ? word(18) : Int(Int32(bitPattern: long(18)))
      height = abs(signedHeight)
      isTopDown = signedHeight < 0
      try check(width: width, height: height)
      bitsPerPixel = isCore ? word(24) : word(28)
      guard [1, 4, 8, 16, 24, 32].contains(bitsPerPixel) else {
        throw CodecError(
          reason: "BMP: expected 1, 4, 8, 16, 24 or 32 bits a pixel, found \(bitsPerPixel)")
      }
      let compression = isCore ? 0 : Int(long(30))
      // 3 and 6 are bit fields: not compressed, but with masks.
      guard [0, 3, 6].contains(compression) else {
        throw CodecError(reason: "BMP: compression \(compression) (RLE) is not supported")
      }
      let hasMasks = compression != 0
      if hasMasks, bitsPerPixel == 16 || bitsPerPixel == 32 {
        try require(bytes, 66)
        channels = (Channel(mask: long(54)), Channel(mask: long(58)), Channel(mask: long(62)))
      } else if bitsPerPixel == 16 {
        channels = (Channel(mask: 0x7C00), Channel(mask: 0x3E0), Channel(mask: 0x1F))
      } else {
        channels = (Channel(mask: 0xFF0000), Channel(mask: 0xFF00), Channel(mask: 0xFF))
      }
      var palette: [Color] = []
      if bitsPerPixel <= 8 {
        let entrySize = isCore ? 3 : 4
        let declared = isCore ? 0 : Int(long(46))
        let count = declared == 0 ? 1 << bitsPerPixel : min(declared, 1 << bitsPerPixel)
        let start = 14 + headerSize + (hasMasks && headerSize == 40 ? 12 : 0)
        try require(bytes, start + count * entrySize)
        for index in 0..<count {
          let entry = start + index * entrySize
          palette.append(Color(red: bytes[entry + 2], green: bytes[entry + 1], blue: bytes[entry]))
        }
      }
      self.palette = palette
    }

    /// Returns pixel `x` of the row that starts at byte `row`; the caller has checked the size.
    func color(_ x: Int, row: Int, _ bytes: UnsafeRawBufferPointer) throws -> Color {
      switch bitsPerPixel {
      case 24:
        let pixel = row + x * 3
        return Color(red: bytes[pixel + 2], green: bytes[pixel + 1], blue: bytes[pixel])
      case 16, 32:
        let pixel =
          bitsPerPixel == 16
          ? UInt32(
            bytes.loadUnaligned(fromByteOffset: row + x * 2, as: UInt16.self).littleEndian)
          : bytes.loadUnaligned(fromByteOffset: row + x * 4, as: UInt32.self).littleEndian
        return Color(
          red: channels.red.value(pixel), green: channels.green.value(pixel),
          blue: channels.blue.value(pixel))
      default:
        let perByte = 8 / bitsPerPixel
        let byte = Int(bytes[row + x / perByte])
        let index = byte >> ((perByte - 1 - x % perByte) * bitsPerPixel) & (1 << bitsPerPixel - 1)
        guard index < palette.count else {
          throw CodecError(
            reason: "BMP: expected a colour below \(palette.count), found \(index)")
        }
        return palette[index]
      }
    }
  }
}
