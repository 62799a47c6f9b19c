import Foundation

/// libFuzzer's entry: any bytes must give tensors or a `FileError`, never a trap.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPyTorchFile(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let data = start.map { Data(bytes: $0, count: count) } ?? Data()
  do {
    let file = try PyTorchFile(data, path: "fuzz")
    for name in file.names {
      guard let array = file.arrays[name] else { preconditionFailure("\(name) without array") }
      let size = array.shape.reduce(array.elementType.byteCount, *)
      precondition(array.bytes.count == size, "\(name): \(array.bytes.count) bytes, not \(size)")
    }
  } catch {
    precondition(error.path == "fuzz")
  }
  return 0
}
