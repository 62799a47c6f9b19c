/// The brands of a file in ISO's base media format: what wrote it, and what can read it.
struct MediaBrands {
  let major: String
  private let all: [String]

  /// - Returns: nil where the file does not begin with a box `ftyp`.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 12, bytes.dropFirst(4).starts(with: "ftyp".utf8) else { return nil }
    let length = Int(bytes.loadUnaligned(as: UInt32.self).bigEndian)
    // Behind the major brand stands its version.
    let starts = [8] + Array(stride(from: 16, to: min(length, bytes.count) - 3, by: 4))
    all = starts.map { String(decoding: bytes[$0..<$0 + 4], as: UTF8.self) }
    major = all[0]
  }

  var isAVIF: Bool { has(["avif", "avis"]) }

  /// Any still picture of the container that is no AVIF.
  var isHEIC: Bool {
    !isAVIF && has(["heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"])
  }

  private func has(_ brands: Set<String>) -> Bool { all.contains(where: brands.contains) }
}
