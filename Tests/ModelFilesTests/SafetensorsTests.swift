import Files
import Foundation
import ModelFiles
import TestSupport
import Testing

struct SafetensorsTests {
  @Test func whatIsWrittenIsReadBack() throws {
    let file = Safetensors(
      arrays: [
        "b": NamedArray(shape: [2, 3], floats: [1, 2, 3, 4, 5, .nan]),
        "a.weight": NamedArray(shape: [0, 4], floats: []),
        "scalar": NamedArray(shape: [], floats: [7]),
      ], metadata: ["note": "text with \"quotes\" and ü"])
    try withFolder { folder in
      try file.write(to: "\(folder)/x.safetensors")
      let again = try Safetensors(contentsOf: "\(folder)/x.safetensors")
      #expect(again == file)
      try file.write(to: "\(folder)/y.safetensors")
      #expect(
        FileManager.default.contents(atPath: "\(folder)/x.safetensors")
          == FileManager.default.contents(atPath: "\(folder)/y.safetensors"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
    }
  }

  @Test func aFileSaysWhichCommandMadeIt() throws {
    try withFolder { folder in
      let arrays = ["a": NamedArray(shape: [1], floats: [1])]
      let path = "\(folder)/x.safetensors"
      #expect(!Safetensors.isFile(path, madeBy: "loss"))
      try Safetensors(arrays: arrays).write(to: path)
      #expect(!Safetensors.isFile(path, madeBy: "loss"))
      try Safetensors(arrays: arrays, madeBy: "loss").write(to: path)
      #expect(Safetensors.isFile(path, madeBy: "loss"))
      #expect(!Safetensors.isFile(path, madeBy: "export"))
      let onnx = "\(folder)/x.onnx"
      #expect(!ONNXModel.isOwnFile(onnx) && !ONNXModel.isOwnFile(path))
      try ONNXModel(name: "x").write(to: onnx)
      #expect(ONNXModel.isOwnFile(onnx))
    }
  }

  // By hand: 1.5 is 0x3E00 in float16 and 0x3FC0 in bfloat16; 0x0001 is 2^-24; 0xFC00 is −∞.
  @Test func halfPrecisionBecomesFloat() throws {
    let half = NamedArray(
      elementType: .float16, shape: [3], bytes: Data([0x00, 0x3E, 0x01, 0x00, 0x00, 0xFC]))
    #expect(try half.floats() == [1.5, 0x1p-24, -.infinity])
    let brain = NamedArray(elementType: .bfloat16, shape: [1], bytes: Data([0xC0, 0x3F]))
    #expect(try brain.floats() == [1.5])
    let integers = NamedArray(elementType: .int32, shape: [1], bytes: Data([1, 0, 0, 0]))
    let error = #expect(throws: NamedArray.ConversionError.self) { try integers.floats() }
    #expect(error?.description == "expected floating-point elements, found I32")
  }

  private func file(_ header: String, data: Int) -> Data {
    var file = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    file.append(Data(header.utf8))
    file.append(Data(count: data))
    return file
  }

  @Test(arguments: [
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4,
      "a: data ends at byte 8, found 4 bytes; truncated"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8,
      "a: expected 12 bytes for shape [3] of F32, found 8"
    ),
    (
      #"{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}"#, 8,
      "a: dtype: unknown type F33"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8,
      "a: shape: expected whole numbers from 0"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8,
      "a: data_offsets: expected two rising whole numbers"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12,
      "a: expected data from byte 0, found 4"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#, 8,
      "a: shape [4611686018427387904, 4] is too large"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 12,
      "expected 8 bytes of data, found 12"
    ),
    ("[1]", 0, "header: expected a JSON object at byte 8, found another value"),
    ("{", 0, "header: not JSON at byte 9: Unexpected end of file during JSON parse"),
    (#"{"a":{"dtype":"F32",,}}"#, 0, "header: not JSON at byte 28: Invalid value"),
  ])
  func damageIsNamed(header: String, data: Int, reason: String) {
    let error = #expect(throws: FileError.self) {
      try Safetensors(file(header, data: data), path: "x")
    }
    #expect(error?.description == "x: \(reason)")
  }

  // Whatever the file is called.
  @Test(arguments: [
    (
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
      "a Git LFS pointer, so the file itself was not fetched (git lfs pull)"
    ),
    ("\n<!DOCTYPE html><html>404</html>", "an HTML page"),
  ])
  func aDownloadThatFailedIsNamed(text: String, name: String) throws {
    try withFolder { folder in
      for file in ["\(folder)/a.pth", "\(folder)/a.safetensors"] {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let error = #expect(throws: FileError.self) { try WeightsFile(contentsOf: file) }
        #expect(error == FileError(path: file, reason: "expected weights, found \(name)"))
      }
    }
  }

  @Test func everyTruncationIsAnError() throws {
    try withFolder { folder in
      let path = "\(folder)/x.safetensors"
      try Safetensors(arrays: ["a": NamedArray(shape: [3], floats: [1, 2, 3])]).write(to: path)
      let whole = try #require(FileManager.default.contents(atPath: path))
      for count in 0..<whole.count {
        #expect(throws: FileError.self) { try Safetensors(whole.prefix(count), path: path) }
      }
    }
  }

  @Test func aFolderThatIsNotThereIsNamed() {
    let error = #expect(throws: FileError.self) {
      try AtomicFile.write(Data([1]), to: "/no/such/file")
    }
    #expect(error?.description == "/no/such/file: cannot be written: No such file or directory")
    let missing = #expect(throws: FileError.self) {
      try Safetensors(contentsOf: "/no/such.safetensors")
    }
    #expect(missing?.description == "/no/such.safetensors: no such file")
  }
}
