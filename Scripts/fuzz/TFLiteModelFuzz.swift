import Foundation

/// libFuzzer's entry: any bytes must give a model, which can be cut, or a `FileError`, never a trap.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTFLiteModel(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let data = start.map { Data(bytes: $0, count: count) } ?? Data()
  do {
    let model = try TFLiteModel(data, path: "fuzz")
    if let cut = model.withoutDetectionOperator() {
      precondition(cut.count >= data.count && cut.count < data.count + 32, "\(cut.count) bytes")
      _ = try? TFLiteModel(cut, path: "fuzz").inputs
    }
    if let decoding = model.detectionOperator {
      precondition(decoding.classCount > 0 && decoding.scales.count == 4)
      _ = try decoding.defaultBoxes(path: "fuzz")
    }
    _ = try model.metadata()
  } catch let error as FileError {
    precondition(error.path == "fuzz")
  } catch {
    preconditionFailure("\(error)")
  }
  return 0
}
