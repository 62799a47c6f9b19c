import CZip
import Foundation

/// The entries of a zip archive in memory, through libzip.
final class ZipArchive {
  /// Paths of the entries, in the archive's order.
  let names: [String]
  private let archive: OpaquePointer
  /// libzip reads from it until the archive is closed.
  private let bytes: UnsafeMutableRawBufferPointer

  init(_ file: Data) throws {
    bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(file.count, 1), alignment: 8)
    file.copyBytes(to: bytes)
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    guard
      let source = zip_source_buffer_create(bytes.baseAddress, UInt64(file.count), 0, &error)
    else {
      bytes.deallocate()
      throw PyTorchFailure(reason: "zip: \(String(cString: zip_error_strerror(&error)))")
    }
    guard let archive = zip_open_from_source(source, ZIP_RDONLY, &error) else {
      zip_source_free(source)
      bytes.deallocate()
      throw PyTorchFailure(reason: "zip: \(String(cString: zip_error_strerror(&error)))")
    }
    self.archive = archive
    names = (0..<UInt64(max(zip_get_num_entries(archive, 0), 0))).map {
      zip_get_name(archive, $0, 0).map { String(cString: $0) } ?? ""
    }
  }

  deinit {
    zip_discard(archive)
    bytes.deallocate()
  }

  /// Returns the bytes of an entry; libzip checks their checksum.
  func contents(_ name: String) throws -> Data {
    var status = zip_stat_t()
    guard zip_stat(archive, name, 0, &status) == 0 else { throw failure(name) }
    // An entry that claims to be larger than any file would take all memory before it fails.
    guard status.size <= UInt64(bytes.count) else {
      throw PyTorchFailure(
        reason:
          "zip: \(name): expected at most \(bytes.count) bytes, as the file, found \(status.size)"
      )
    }
    guard let file = zip_fopen(archive, name, 0) else { throw failure(name) }
    defer { zip_fclose(file) }
    var data = Data(count: Int(status.size))
    let count = data.withUnsafeMutableBytes { zip_fread(file, $0.baseAddress, UInt64($0.count)) }
    guard count == Int64(status.size) else { throw failure(name) }
    // Reading on makes libzip compare the checksum.
    var end: UInt8 = 0
    guard zip_fread(file, &end, 1) == 0 else {
      throw PyTorchFailure(reason: "zip: \(name): checksum or length does not fit")
    }
    return data
  }

  private func failure(_ name: String) -> PyTorchFailure {
    PyTorchFailure(reason: "zip: \(name): \(String(cString: zip_strerror(archive)))")
  }
}
