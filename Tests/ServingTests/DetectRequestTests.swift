import Foundation
import MultiBox
import Testing

@testable import Serving

struct DetectRequestTests {
  private func read(
    _ body: String, _ type: String?, query: String = ""
  ) throws -> DetectRequest {
    try DetectRequest(
      Data(body.utf8), type: type,
      parameters: DetectionParameters(QueryItems(target: "/v1/detect?\(query)")))
  }

  private static let form = "multipart/form-data; boundary=b"

  private static func form(_ fields: [(String, String)]) -> String {
    fields.map { "--b\r\nContent-Disposition: form-data; \($0.0)\r\n\r\n\($0.1)\r\n" }.joined()
      + "--b--"
  }

  @Test(arguments: [nil, "image/jpeg", "IMAGE/x-any; a=b", "application/octet-stream"])
  func anImageComesAsItIs(type: String?) throws {
    let request = try read("bytes", type, query: "threshold=.25&max=3&classes=cat,%20dog,a%5C,b")
    #expect(request.image == Data("bytes".utf8) && request.name == "image")
    #expect(request.parameters.threshold == 0.25 && request.parameters.maximum == 3)
    #expect(request.parameters.classes == ["cat", "dog", "a,b"])
    #expect(request.parameters.model == nil)
  }

  @Test func aFormAndAnObjectSayTheSame() throws {
    let form = try read(
      Self.form([
        ("name=threshold", "0.5"), ("name=image; filename=\"p.jpg\"", "bytes"),
        ("name=classes", "cat,dog"), ("name=max", "7"),
      ]), Self.form, query: "model=m")
    let object = try read(
      #"{"image": "Ynl0ZXM=", "threshold": 5e-1, "classes": ["cat", "dog"], "max": 7}"#,
      "application/json; charset=utf-8", query: "model=m")
    for request in [form, object] {
      #expect(request.image == Data("bytes".utf8))
      #expect(request.parameters.threshold == 0.5 && request.parameters.maximum == 7)
      #expect(request.parameters.classes == ["cat", "dog"] && request.parameters.model == "m")
    }
    #expect(form.name == "p.jpg" && object.name == "image")
  }

  @Test(
    arguments: [
      ("x", "text/html", "", Refusal.Kind.mediaType, "Content-Type: expected image/*, multipart"),
      ("x", "image", "", .mediaType, "Content-Type: expected image/*"),
      ("", nil, "", .invalid, "expected an image, found an empty one"),
      ("x", nil, "treshold=.5", .invalid, "parameter: expected one of threshold, classes, max, mo"),
      ("x", nil, "threshold=a", .invalid, "threshold: expected a number of 0…1, found a"),
      ("x", nil, "threshold=1.1", .invalid, "threshold: expected 0…1, found 1.1"),
      ("x", nil, "threshold=nan", .invalid, "threshold: expected 0…1, found nan"),
      ("x", nil, "max=0", .invalid, "max: expected a whole number of 1…2147483647, found 0"),
      (
        "x", nil, "max=2147483648", .invalid,
        "max: expected a whole number of 1…2147483647, found 2147483648"
      ),
      ("x", nil, "max=1.5", .invalid, "max: expected a whole number of 1…2147483647, found 1.5"),
      ("x", nil, "max=1&max=2", .invalid, "max: given twice"),
      (
        "x", nil, "classes=a" + String(repeating: ",a", count: 10_000), .invalid,
        "classes: expected 10000 names at most, found 10001"
      ),
      (
        "{\"classes\": [" + String(repeating: "\"\",", count: 10_000) + "1]}",
        "application/json", "", .malformed,
        "JSON: classes[10000]: expected 10000 texts at most, found more"
      ),
      ("x", nil, "classes=,", .invalid, "classes: expected names with commas between, found ,"),
      ("{", "application/json", "", .malformed, "JSON: expected a key in quotes"),
      ("{}", "application/json", "", .malformed, "JSON: image: expected base64, found none"),
      (#"{"image": "%%"}"#, "application/json", "", .invalid, "JSON: image: expected base64"),
      (#"{"image": ""}"#, "application/json", "", .invalid, "expected an image, found an empty"),
      (
        #"{"image": "YQ==", "image": "YQ=="}"#, "application/json", "", .malformed,
        "JSON: image: expected the key once, found it again (line 1"
      ),
      (
        #"{"image": "YQ==", "max": 1.5}"#, "application/json", "", .malformed,
        "JSON: max: expected a whole number of 1…2147483647, found 1.5 (line 1, column 26)"
      ),
      (
        #"{"image": "YQ==", "theshold": 1}"#, "application/json", "", .malformed,
        "JSON: theshold: expected one of the keys image, threshold, classes, max, model"
      ),
      (
        #"{"image": "YQ==", "threshold": 2}"#, "application/json", "", .invalid,
        "threshold: expected 0…1, found 2.0"
      ),
      (
        #"{"image": "YQ==", "max": 2}"#, "application/json", "max=2", .invalid, "max: given twice"
      ),
    ] as [(String, String?, String, Refusal.Kind, String)])
  func whatMakesNoSenseIsNamed(
    body: String, type: String?, query: String, kind: Refusal.Kind, message: String
  ) {
    let refusal = #expect(throws: Refusal.self) { try read(body, type, query: query) }
    #expect(refusal?.kind == kind)
    #expect(refusal?.message.hasPrefix(message) == true, "\(refusal?.message ?? "")")
  }

  @Test func aFormHasOneImage() throws {
    let image = ("name=image", "x")
    for (fields, message) in [
      ([("name=max", "1")], "multipart/form-data: expected a part image, found none"),
      ([image, image], "image: given twice; one is looked at in a request"),
      ([image, ("name=size", "1")], "parameter: expected one of threshold, classes, max, model"),
    ] {
      let refusal = #expect(throws: Refusal.self) { try read(Self.form(fields), Self.form) }
      #expect(refusal?.message.hasPrefix(message) == true, "\(refusal?.message ?? "")")
    }
  }

  @Test func aChoiceIsTheDetectorsUnlessTheClientSaysMore() throws {
    let detector = FakeDetector()
    #expect(
      try DetectionParameters().choice(of: detector).lowestScores == detector.shownScores)
    var parameters = DetectionParameters()
    try parameters.set("threshold", to: "0.1")
    try parameters.set("classes", to: #"cat,red\, light"#)
    try parameters.set("max", to: "2")
    let choice = try parameters.choice(of: detector)
    #expect(choice.lowestScores == [0.1, 0.1, 0.1] && choice.classes == [1, 3])
    #expect(choice.maximum == 2)
    for (name, value, message) in [
      ("threshold", "0.09", "threshold: expected 0.1…1, because the detector reports no lower"),
      ("classes", "cow", "classes: expected one of cat, dog, red, light, found cow"),
    ] {
      var parameters = DetectionParameters()
      try parameters.set(name, to: value)
      let refusal = #expect(throws: Refusal.self) { try parameters.choice(of: detector) }
      #expect(refusal?.kind == .invalid && refusal?.message.hasPrefix(message) == true)
    }
  }
}

struct InferenceRequestTests {
  private func read(_ body: String, pixels: Int = 100, images: Int = 4) throws -> InferenceRequest {
    try InferenceRequest(Data(body.utf8), limits: Self.limits(pixels: pixels, images: images))
  }

  private static func limits(pixels: Int = 100, images: Int = 4) -> ServerLimits {
    var limits = ServerLimits()
    limits.pixels = pixels
    limits.waiting = images
    return limits
  }

  private static func input(
    _ shape: String, _ data: String, type: String = "UINT8", name: String = "image"
  ) -> String {
    #"{"name": "\#(name)", "shape": \#(shape), "datatype": "\#(type)", "data": \#(data)}"#
  }

  private static func body(_ inputs: String..., rest: String = "") -> String {
    #"{"inputs": [\#(inputs.joined(separator: ","))]\#(rest)}"#
  }

  // Two images of 1 × 2 pixels.
  @Test(arguments: [
    "[1,2,3,4,5,6,7,8,9,10,11,255]", "[[[[1,2,3],[4,5,6]]],[[[7,8,9],[10,11,255]]]]",
  ])
  func pixelsAreThoseOfTheTensor(data: String) throws {
    let rest = """
      , "id": "7",
      "parameters": {"threshold": 0.5, "max": 2, "classes": ["cat"], "binary_data_output": true},
      "outputs": [{"name": "scores", "parameters": {"binary_data": false}}, {"name": "boxes"}]
      """
    let request = try read(Self.body(Self.input("[2, 1, 2, 3]", data), rest: rest))
    let images = request.images.map { image -> [UInt8] in
      guard case .pixels(let image) = image else { return [] }
      return [UInt8(image.width), UInt8(image.height)] + image.pixels
    }
    #expect(images == [[2, 1, 1, 2, 3, 4, 5, 6], [2, 1, 7, 8, 9, 10, 11, 255]])
    #expect(request.id == "7")
    // What an output says of itself stands above what the request says of all.
    #expect(
      request.outputs == [
        InferenceRequest.Output(output: .scores, isBinary: false),
        InferenceRequest.Output(output: .boxes, isBinary: true),
      ])
    #expect(request.parameters.threshold == 0.5 && request.parameters.maximum == 2)
    #expect(request.parameters.classes == ["cat"])
  }

  @Test func filesComeInBase64() throws {
    let request = try read(
      Self.body(Self.input("[2]", #"["YQ==", "YmM="]"#, type: "BYTES")))
    let files = request.images.map { image -> Data? in
      guard case .file(let data) = image else { return nil }
      return data
    }
    #expect(files == [Data("a".utf8), Data("bc".utf8)])
    #expect(request.outputs.map(\.output) == [.counts, .boxes, .scores, .classes, .labels])
    #expect(!request.outputs.contains(where: \.isBinary) && request.id == nil)
  }

  private static func binaryInput(_ shape: String, _ size: Int, type: String) -> String {
    #"{"name": "image", "shape": \#(shape), "datatype": "\#(type)", "#
      + #""parameters": {"binary_data_size": \#(size)}}"#
  }

  private func read(_ json: String, _ bytes: [UInt8], length: String? = nil) throws
    -> InferenceRequest
  {
    try InferenceRequest(
      Data(json.utf8) + Data(bytes), jsonLength: length ?? "\(json.utf8.count)",
      limits: Self.limits())
  }

  /// What the extension for binary data calls a tensor: here two images of 1 × 2 pixels.
  @Test func bytesBehindTheJSONArePixelsOrFiles() throws {
    let pixels = try read(
      Self.body(Self.binaryInput("[2, 1, 2, 3]", 12, type: "UINT8")), Array(1...12))
    let images = pixels.images.map { image -> [UInt8] in
      guard case .pixels(let image) = image else { return [] }
      return [UInt8(image.width), UInt8(image.height)] + image.pixels
    }
    #expect(images == [[2, 1, 1, 2, 3, 4, 5, 6], [2, 1, 7, 8, 9, 10, 11, 12]])
    // 4 bytes of length, the lowest first, before each; not base64.
    let text = [3, 0, 0, 0, 0xFF, 0xD8, 0, 1, 0, 0, 0, 9] as [UInt8]
    let files = try read(Self.body(Self.binaryInput("[2]", 12, type: "BYTES")), text)
    #expect(
      files.images.map { image -> Data? in
        guard case .file(let data) = image else { return nil }
        return data
      } == [Data([0xFF, 0xD8, 0]), Data([9])])
  }

  @Test(
    arguments: [
      (binaryInput("[1,1,1,3]", 3, type: "UINT8"), [1, 2], nil, "expected 3 bytes behind the"),
      (binaryInput("[1,1,1,3]", 2, type: "UINT8"), [1, 2], nil, "expected 3 numbers for [1, 1"),
      (input("[1,1,1,3]", "[1,2,3]"), [1], nil, "expected 0 bytes behind the JSON, found 1"),
      (binaryInput("[1]", 3, type: "BYTES"), [1, 0, 0], nil, "expected a length of 4 bytes"),
      (binaryInput("[1]", 5, type: "BYTES"), [2, 0, 0, 0, 9], nil, "expected a file of 2 bytes"),
      (
        binaryInput("[1]", 4, type: "BYTES"), [255, 255, 255, 255], nil,
        "expected a file of 4294967295 bytes, found 0"
      ),
      (binaryInput("[1]", 4, type: "BYTES"), [0, 0, 0, 0], nil, "expected image files, found"),
      (
        binaryInput("[2]", 5, type: "BYTES"), [1, 0, 0, 0, 9], nil,
        "expected BYTES [N] with N files, found BYTES [2] with 1"
      ),
      // Of millions of short ones none is kept.
      (
        binaryInput("[1]", 10, type: "BYTES"), [1, 0, 0, 0, 9, 1, 0, 0, 0, 9], nil,
        "expected BYTES [N] with N files, found BYTES [1] with more"
      ),
      (
        binaryInput("[1,1]", 5, type: "BYTES"), [1, 0, 0, 0, 9], nil,
        "expected BYTES [N], found BYTES [1, 1]"
      ),
      (
        #"{"name": "image", "shape": [1,1,1,3], "datatype": "UINT8", "data": [1,2,3], "#
          + #""parameters": {"binary_data_size": 3}}"#, [1, 2, 3], nil,
        "expected either data or binary_data_size, found both"
      ),
      ("", [], "99", "Inference-Header-Content-Length: expected 0…14, the bytes of the body, fou"),
      ("", [], "-1", "Inference-Header-Content-Length: expected 0…14"),
      ("", [], "1x", "Inference-Header-Content-Length: expected 0…14"),
    ] as [(String, [UInt8], String?, String)])
  func binaryDataThatMakesNoSenseIsNamed(
    input: String, bytes: [UInt8], length: String?, message: String
  ) {
    let refusal = #expect(throws: Refusal.self) {
      try read(Self.body(input), bytes, length: length)
    }
    let isHeader = length != nil
    #expect(refusal?.kind == (isHeader ? .malformed : .invalid))
    #expect(
      refusal?.message.hasPrefix((isHeader ? "" : "inputs: image: ") + message) == true,
      "\(refusal?.message ?? "")")
  }

  @Test(
    arguments: [
      ("[]", Refusal.Kind.malformed, "JSON: expected an object"),
      ("{}", .invalid, "inputs: expected one, image, found none"),
      (body(input("[1]", "[]", name: "x")), .invalid, "inputs: expected one, image, found x"),
      (
        body(input("[1,1,1,3]", "[1,2,3]"), input("[1,1,1,3]", "[1,2,3]")), .malformed,
        "JSON: inputs[1]: expected one input, image, found more (line 1"
      ),
      (
        body(input("[1,1,1,3]", "[1,2,256]")), .malformed,
        "JSON: inputs[0].data[2]: expected a whole number of 0…255, found 256 (line 1"
      ),
      (body(input("[1,1,1,3]", "[1,2,-1]")), .malformed, "JSON: inputs[0].data[2]: expected"),
      (body(input("[1,1,1,3]", "[1,2,1.5]")), .malformed, "JSON: inputs[0].data[2]: expected"),
      (body(input("[1,1,1,3]", "[1,2,true]")), .malformed, "JSON: inputs[0].data[2]: expected"),
      (body(input("[1,0,1,3]", "[]")), .malformed, "JSON: inputs[0].shape[1]: expected a whole"),
      (
        body(input("[1,1,1,3]", "[1,2]")), .invalid,
        "inputs: image: expected 3 numbers for [1, 1, 1, 3], found 2"
      ),
      (body(input("[1,1,3]", "[1,2,3]")), .invalid, "inputs: image: expected UINT8 [N, H, W, 3]"),
      (body(input("[1,1,1,4]", "[1,2,3,4]")), .invalid, "inputs: image: expected UINT8 [N, H, W"),
      (
        body(input("[1,20,6,3]", "[]")), .invalid,
        "inputs: image: expected at most 100 pixels, and 65535 a side, found 6 × 20"
      ),
      // Products of such sizes overflow nothing.
      (
        body(input("[4,2147483647,2147483647,3]", "[]")), .invalid,
        "inputs: image: expected at most 100 pixels"
      ),
      (
        body(input("[5,1,1,3]", "[]")), .invalid,
        "inputs: image: expected at most 4 images, found 5"
      ),
      (body(input("[5]", "[]", type: "BYTES")), .invalid, "inputs: image: expected at most 4 ima"),
      (body(input("[2]", "[\"YQ==\"]", type: "BYTES")), .invalid, "inputs: image: expected BYTES"),
      (body(input("[1]", "[\"%\"]", type: "BYTES")), .invalid, "inputs: image: expected image f"),
      (body(input("[1]", "[1]", type: "FP32")), .invalid, "inputs: image: expected datatype UINT8"),
      (
        body(input("[1]", "[\"YQ==\"]", type: "BYTES"), rest: #", "outputs": [{"name": "x"}]"#),
        .invalid,
        "outputs: expected some of counts, boxes, scores, classes, labels, logits, offsets, found x"
      ),
      (
        body(rest: #", "parameters": {"x": 1}"#), .malformed,
        "JSON: parameters.x: expected one of the keys threshold, classes, max (line 1"
      ),
      // The path names it.
      (
        body(rest: #", "parameters": {"model": "m"}"#), .malformed,
        "JSON: parameters.model: expected one of the keys threshold, classes, max (line 1"
      ),
      (
        body(rest: #", "parameters": {"binary_data_output": 1}"#), .malformed,
        "JSON: parameters.binary_data_output: expected true or false, found 1"
      ),
      (
        body(
          input("[1]", "[\"YQ==\"]", type: "BYTES"),
          rest: #", "outputs": [{"name": "scores"}, {"name": "boxes"}, {"name": "scores"}]"#),
        .invalid, "outputs: scores: given twice"
      ),
      // Lists end where they may: of millions none is kept.
      (
        body(rest: ", \"outputs\": [\(String(repeating: "{},", count: 7))8]"), .malformed,
        "JSON: outputs[7]: expected 7 outputs at most, found more"
      ),
      (
        body(rest: #", "outputs": [{"name": "scores", "parameters": {"classification": 3}}]"#),
        .malformed, "JSON: outputs[0].parameters.classification: expected one of the keys binary_"
      ),
      (
        body(input("[1,1,1,3,1]", "[]")), .malformed,
        "JSON: inputs[0].shape[4]: expected 4 sizes at most, found more"
      ),
      (
        body(input("[5]", #"["", "", "", "", ""]"#, type: "BYTES")), .malformed,
        "JSON: inputs[0].data[4]: expected 4 images at most, found more"
      ),
      (
        #"{"inputs": [], "inputs": []}"#, .malformed,
        "JSON: inputs: expected the key once, found it again"
      ),
    ])
  func whatMakesNoSenseIsNamed(body: String, kind: Refusal.Kind, message: String) {
    let refusal = #expect(throws: Refusal.self) { try read(body) }
    #expect(refusal?.kind == kind)
    #expect(refusal?.message.hasPrefix(message) == true, "\(refusal?.message ?? "")")
  }

  @Test func nestingHasALimit() {
    let data = String(repeating: "[", count: 100_000)
    let refusal = #expect(throws: Refusal.self) { try read(Self.body(Self.input("[1]", data))) }
    #expect(refusal?.message.contains("512 levels") == true, "\(refusal?.message ?? "")")
  }
}
