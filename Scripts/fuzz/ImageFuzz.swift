import Foundation

/// libFuzzer's entry: any bytes must give a picture of the header's size or an `ImageError`, never a trap.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzImage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let data = start.map { Data(bytes: $0, count: count) } ?? Data()
  do {
    // Larger ones take seconds each and find nothing else.
    let size = try ImageFile.size(of: data, path: "fuzz")
    guard size.width * size.height <= 1 << 20 else { return 0 }
    let image = try ImageFile.decode(data, path: "fuzz")
    precondition(image.width == size.width && image.height == size.height, "\(size)")
  } catch let error as ImageError {
    precondition(error.path == "fuzz")
  } catch {
    preconditionFailure("\(error)")
  }
  return 0
}
