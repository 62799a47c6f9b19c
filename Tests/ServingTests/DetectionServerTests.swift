import Datasets
import Detectors
import Files
import Foundation
import ImageFiles
import MultiBox
import Testing

@testable import Serving

struct DetectionServerTests {
  private static let token = "a-token-of-the-tests"

  private func server(
    _ detector: any ObjectDetector = FakeDetector(), names: [String] = ["m"],
    limits: ServerLimits = ServerLimits(), tokens: BearerTokens? = nil
  ) throws -> DetectionServer {
    var limits = limits
    // A busy machine keeps nobody waiting for too long.
    limits.deadline = .seconds(3600)
    return try DetectionServer(
      models: try names.map { try ServedModel(name: $0, detector: detector) }, limits: limits,
      tokens: tokens, version: "1.2.3")
  }

  private func send(
    _ server: DetectionServer, _ method: String, _ target: String, _ body: Data = Data(),
    headers: [(String, String)] = []
  ) async -> HTTPAnswer {
    let head = HTTPHead(
      method: method, target: target, headers: headers.map { HTTPHeader($0.0, $0.1) })
    return await server.answer(head, body: body, requestID: "id-9")
  }

  private func object(_ answer: HTTPAnswer) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
  }

  private func png(width: Int = 8, height: Int = 6) throws -> Data {
    try PNGFile.data(of: picture(width: width, height: height), path: "test")
  }

  @Test func anAnswerIsTheLineOfDetect() async throws {
    let server = try server()
    defer { server.close() }
    let answer = await send(server, "POST", "/v1/detect", try png())
    #expect(answer.status == 200 && answer.value(of: "content-type") == "application/json")
    #expect(answer.value(of: "x-content-type-options") == "nosniff" && answer.model == "m")
    // Of the classes' own scores, .3, .5 and .6, by hand.
    func item(_ number: Int, _ score: Double) -> PixelDetection {
      PixelDetection(
        box: PixelBox(xMin: 1, yMin: 2, xMax: 8, yMax: 6), classIndex: number, score: score)
    }
    let line = try DetectionLine(
      image: "image", width: 8, height: 6,
      detections: [item(1, 0.9), item(3, 0.65), item(2, 0.5), item(1, 0.31)],
      classNames: ["cat", "dog", "red, light"]
    ).text()
    #expect(String(decoding: answer.body, as: UTF8.self) == line + "\n")
  }

  @Test func theClientChoosesWhatIsShown() async throws {
    let server = try server()
    defer { server.close() }
    for (query, scores) in [
      ("threshold=0.2&classes=cat", [0.9, 0.31, 0.2]), ("threshold=0.1&max=2", [0.9, 0.65]),
      ("threshold=1", []), ("threshold=0.1", [0.9, 0.65, 0.5, 0.31, 0.2, 0.15]),
    ] {
      let answer = await send(server, "POST", "/v1/detect?\(query)", try png())
      let detections = try #require(try object(answer)["detections"] as? [[String: Any]])
      #expect(detections.map { $0["score"] as? Double } == scores, "\(query)")
    }
  }

  @Test(arguments: ["image/png", "image/jpeg"])
  func aPictureHasTheBoxesInIt(type: String) async throws {
    let server = try server()
    defer { server.close() }
    func answer(_ query: String) async throws -> RGBImage {
      let answer = await send(
        server, "POST", "/v1/detect?\(query)", try png(width: 80, height: 60),
        headers: [("Accept", "\(type), */*;q=0.1")])
      #expect(answer.status == 200 && answer.value(of: "content-type") == type)
      return try ImageFile.decode(answer.body, path: "answer")
    }
    let (drawn, plain) = (try await answer("threshold=0.1"), try await answer("threshold=1"))
    #expect((drawn.width, drawn.height) == (80, 60))
    let changed = zip(drawn.pixels, plain.pixels).count { abs(Int($0) - Int($1)) > 20 }
    #expect(changed > 100)
  }

  /// A strip of a pixel's width would be made as wide as the network's input line by line.
  @Test func aStripIsRefusedByItsHeader() async throws {
    let server = try server()
    defer { server.close() }
    let side = ServerLimits().side
    #expect((60_000...200_000).contains(side))
    for (width, height) in [(1, side + 1), (side + 1, 1)] {
      let answer = await send(server, "POST", "/v1/detect", try png(width: width, height: height))
      #expect(answer.status == 422)
      #expect(
        String(decoding: answer.body, as: UTF8.self).contains(
          "image: expected at most 50000000 pixels, and \(side) a side, found \(width) ×"))
    }
    #expect(await send(server, "POST", "/v1/detect", try png(width: 1, height: side)).status == 200)
    let shape = "[1, \(side + 1), 1, 3]"
    let body =
      #"{"inputs": [{"name": "image", "datatype": "UINT8", "shape": \#(shape), "data": [1]}]}"#
    let answer = await send(server, "POST", "/v2/models/m/infer", Data(body.utf8))
    #expect(answer.status == 422)
    #expect(String(decoding: answer.body, as: UTF8.self).contains("and \(side) a side, found 1 ×"))
  }

  /// Of headers that are lists all count (RFC 9110, 5.3).
  @Test func aListMayComeInSeveralHeaders() async throws {
    let server = try server()
    defer { server.close() }
    let answer = await send(
      server, "POST", "/v1/detect", try png(),
      headers: [("Accept", "text/html"), ("Accept", "application/json")])
    #expect(answer.status == 200)
  }

  @Test func whatCannotBeUsedIsAStatusWithJSON() async throws {
    var limits = ServerLimits()
    limits.pixels = 100
    limits.bodyBytes = 400
    let server = try server(limits: limits)
    defer { server.close() }
    let image = try png()
    for (method, target, body, headers, status, message) in [
      ("POST", "/v1/nothing", image, [], 404, "no such path"),
      ("GET", "/v1/detect", Data(), [], 405, "expected POST, found GET"),
      ("OPTIONS", "/v1/detect", Data(), [("Origin", "http://a")], 405, "expected POST"),
      ("POST", "/v1/detect", Data("text".utf8), [], 422, "image: expected an image, found"),
      ("POST", "/v1/detect", image.prefix(50), [], 422, "image: "),
      (
        "POST", "/v1/detect", try png(width: 26, height: 4), [], 422,
        "image: expected at most 100 pixels, found 26 × 4 (--max-pixels allows more)"
      ),
      ("POST", "/v1/detect", image, [("Accept", "text/html")], 406, "Accept: expected one of"),
      ("POST", "/v1/detect", image, [("Content-Type", "text/plain")], 415, "Content-Type: exp"),
      ("POST", "/v1/detect?max=%", image, [], 400, "query: expected percent-encoded"),
      ("POST", "/v1/detect?model=x", image, [], 404, "model: expected one of m, found another"),
      ("POST", "/v1/detect", Data(count: 401), [], 413, "expected a body of at most 400 bytes"),
      ("POST", "/v1/detect", try png(width: 13, height: 2), [], 500, "the detector failed"),
      ("GET", "/v2/models/x", Data(), [], 404, "model: expected one of m, found another"),
      ("GET", "/v2/models/%ff/ready", Data(), [], 404, "no such path"),
      (
        "POST", "/v2/models/m/infer", Data("{}".utf8), [("Inference-Header-Content-Length", "3")],
        400, "Inference-Header-Content-Length: expected 0…2"
      ),
      (
        "POST", "/v1/detect", image, [("Content-Encoding", "gzip")], 415,
        "Content-Encoding: expected a body that is not packed, found gzip"
      ),
      (
        "POST", "/v1/detect", image,
        [("Content-Encoding", "identity"), ("Content-Encoding", "gzip")], 415,
        "Content-Encoding: expected a body that is not packed, found identity, gzip"
      ),
      (
        "POST", "/v1/detect", image, [("Transfer-Encoding", "gzip, chunked")], 415,
        "Transfer-Encoding: expected a body that is not packed, found gzip, chunked"
      ),
      (
        "POST", "/v1/detect?classes=" + String(repeating: "a,", count: 500_001), image, [], 422,
        "classes: expected a value of 1000000 bytes at most, found 1000002"
      ),
      (
        "POST", "/v2/models/m/infer",
        Data(
          (#"{"inputs": [{"name": "image", "datatype": "UINT8", "shape": [1, 1, 1, 3],"#
            + #" "data": [1, 2, 3]}], "outputs": [{"name": "logits"}]}"#).utf8), [], 422,
        "outputs: logits: expected a detector of logits and offsets"
      ),
      ("POST", "/v2/models/m/infer", Data("[".utf8), [], 400, "JSON: expected an object"),
    ] as [(String, String, Data, [(String, String)], Int, String)] {
      let answer = await send(server, method, target, body, headers: headers)
      #expect(answer.status == status, "\(method) \(target)")
      #expect(answer.value(of: "content-type") == "application/json")
      let object = try object(answer)
      let text = try #require(object["error"] as? String)
      #expect(text.hasPrefix(message), "\(method) \(target): \(text)")
      #expect(object["request_id"] as? String == "id-9" && object["status"] as? Int == status)
      // What went wrong inside is for the log, in one line, and CORS is for nobody.
      #expect(answer.fault == (status == 500 ? "a fault inside" : nil))
      #expect(!answer.headers.contains { $0.name.hasPrefix("access-control") })
    }
    let answer = await send(server, "PUT", "/metrics")
    #expect(answer.status == 405 && answer.value(of: "allow") == "GET")
  }

  @Test func aBodyThatIsTooLongIsRefusedByItsHead() throws {
    let server = try server()
    defer { server.close() }
    func status(_ length: String) -> Int? {
      server.refusal(
        of: HTTPHead(
          method: "POST", target: "/v1/detect", headers: [HTTPHeader("Content-Length", length)]),
        requestID: "i"
      )?.status
    }
    #expect(status("20000000") == nil)
    #expect(status("20000001") == 413)
    #expect(status("99999999999999999999999999") == 413)
    let slow = server.unread(.slowBody, requestID: "i")
    #expect(slow.status == 408 && slow.value(of: "connection") == "close")
    #expect(server.unread(.tooLarge, requestID: "i").status == 413)
    #expect(server.unread(.malformed, requestID: "i").status == 400)
  }

  @Test func withoutATokenOnlyWhatTellsNothingIsAnswered() async throws {
    let server = try server(tokens: BearerTokens([Self.token]))
    defer { server.close() }
    var closed = 0
    for route in ServerRoute.allCases {
      let target = route.rawValue.replacing("{name}", with: "m")
      func status(_ headers: [(String, String)]) async -> Int {
        await send(server, route.method, target, headers: headers).status
      }
      let open: Set<ServerRoute> = [.page, .openAPI, .live, .ready]
      #expect(await (status([]) != 401) == open.contains(route), "\(target)")
      closed += open.contains(route) ? 0 : 1
      let wrong = await status([("Authorization", "Bearer \(Self.token)x")])
      #expect((wrong != 401) == open.contains(route), "\(target)")
      #expect(await status([("Authorization", "Bearer \(Self.token)")]) != 401, "\(target)")
    }
    #expect(closed == 6)
    let refusal = server.refusal(of: HTTPHead(method: "GET", target: "/v2"), requestID: "i")
    #expect(refusal?.value(of: "www-authenticate") == "Bearer")
  }

  @Test func theProtocolsPathsAreAnswered() async throws {
    let server = try server(names: ["m", "other-1.0"])
    defer { server.close() }
    let metadata = try object(await send(server, "GET", "/v2"))
    #expect(metadata["name"] as? String == "multibox" && metadata["version"] as? String == "1.2.3")
    #expect(metadata["models"] as? [String] == ["m", "other-1.0"])
    #expect(metadata["extensions"] as? [String] == ["binary_tensor_data"])
    #expect(try object(await send(server, "GET", "/v2/health/live"))["live"] as? Bool == true)
    #expect(try object(await send(server, "GET", "/v2/health/ready"))["ready"] as? Bool == true)
    let model = try object(await send(server, "GET", "/v2/models/other%2D1.0"))
    #expect(model["name"] as? String == "other-1.0")
    let inputs = try #require(model["inputs"] as? [[String: Any]])
    #expect(inputs.map { $0["shape"] as? [Int] } == [[-1, -1, -1, 3]])
    let outputs = try #require(model["outputs"] as? [[String: Any]])
    #expect(
      outputs.map { $0["name"] as? String } == ["counts", "boxes", "scores", "classes", "labels"])
    let parameters = try #require(model["parameters"] as? [String: Any])
    #expect(parameters["classes"] as? [String] == ["cat", "dog", "red, light"])
    #expect(parameters["thresholds"] as? [Double] == [0.3, 0.5, 0.6])
    #expect(parameters["lowest_threshold"] as? Double == 0.1)
    // With several models a request says which.
    let answer = await send(server, "POST", "/v1/detect", try png())
    #expect(answer.status == 422)
    #expect(
      try object(answer)["error"] as? String == "model: expected one of m, other-1.0, found none")
    let named = await send(server, "POST", "/v1/detect?model=other-1.0", try png())
    #expect(named.status == 200 && named.model == "other-1.0")
  }

  @Test func inferenceGivesTheTensorsThatAreAskedFor() async throws {
    let server = try server()
    defer { server.close() }
    let file = try png(width: 9, height: 7).base64EncodedString()
    let body = """
      {"id": "5", "parameters": {"threshold": 0.5, "classes": ["cat", "dog"]}, "inputs":
      [{"name": "image", "datatype": "BYTES", "shape": [2], "data": ["\(file)", "\(file)"]}]}
      """
    let answer = await send(server, "POST", "/v2/models/m/infer", Data(body.utf8))
    #expect(answer.status == 200 && answer.model == "m")
    let object = try object(answer)
    #expect(object["model_name"] as? String == "m" && object["id"] as? String == "5")
    let outputs = try #require(object["outputs"] as? [[String: Any]])
    let byName = Dictionary(
      uniqueKeysWithValues: outputs.compactMap { output in
        (output["name"] as? String).map { ($0, output) }
      })
    #expect(byName["counts"]?["data"] as? [Int] == [2, 2])
    #expect(byName["boxes"]?["shape"] as? [Int] == [4, 4])
    let box: [Double] = [1, 2, 9, 7]
    #expect(byName["boxes"]?["data"] as? [Double] == box + box + box + box)
    #expect(byName["scores"]?["shape"] as? [Int] == [4])
    let scores = try #require(byName["scores"]?["data"] as? [Double])
    #expect(scores.map { Float($0) } == [0.9, 0.5, 0.9, 0.5])
    #expect(byName["classes"]?["data"] as? [Int] == [1, 2, 1, 2])
    #expect(byName["labels"]?["data"] as? [String] == ["cat", "dog", "cat", "dog"])
    #expect(byName["labels"]?["datatype"] as? String == "BYTES")
    // One image that is none fails the request.
    let half = body.replacing(file, with: "YQ==", maxReplacements: 1)
    let failed = await send(server, "POST", "/v2/models/m/infer", Data(half.utf8))
    #expect(failed.status == 422)
    #expect(
      try (self.object(failed)["error"] as? String)?.hasPrefix("image 0: expected an image")
        == true)
  }

  /// The bytes of a number or of a text's length, the lowest first; by hand of the protocol.
  private func bytes(_ values: [Float]) -> Data {
    values.reduce(into: Data()) { data, value in
      let bits = value.bitPattern
      data.append(contentsOf: [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: bits >> $0) })
    }
  }

  @Test func binaryOutputsStandBehindTheJSONInItsOrder() async throws {
    let server = try server()
    defer { server.close() }
    let pixels = Data(repeating: 7, count: 3 * 9 * 7)
    let json = """
      {"parameters": {"threshold": 0.6, "binary_data_output": true}, "inputs": [{"name": "image",
      "datatype": "UINT8", "shape": [1, 7, 9, 3], "parameters": {"binary_data_size": 189}}],
      "outputs": [{"name": "labels"}, {"name": "classes", "parameters": {"binary_data": false}},
      {"name": "boxes"}, {"name": "counts"}]}
      """
    let answer = await send(
      server, "POST", "/v2/models/m/infer", Data(json.utf8) + pixels,
      headers: [("Inference-Header-Content-Length", "\(json.utf8.count)")])
    #expect(answer.status == 200)
    #expect(answer.value(of: "content-type") == "application/octet-stream")
    let length = try #require(
      answer.value(of: "inference-header-content-length").flatMap { Int($0) })
    let head = try #require(
      try JSONSerialization.jsonObject(with: answer.body.prefix(length)) as? [String: Any])
    let outputs = try #require(head["outputs"] as? [[String: Any]])
    #expect(outputs.map { $0["name"] as? String } == ["labels", "classes", "boxes", "counts"])
    #expect(outputs.map { $0["data"] as? [Int] } == [nil, [1, 3], nil, nil])
    let sizes = outputs.map { ($0["parameters"] as? [String: Int])?["binary_data_size"] }
    // cat and "red, light", each behind 4 bytes; two boxes; one count.
    #expect(sizes == [7 + 14, nil, 32, 4])
    #expect(
      Data(answer.body.dropFirst(length)) == Data([3, 0, 0, 0]) + Data("cat".utf8)
        + Data([10, 0, 0, 0]) + Data("red, light".utf8) + bytes([1, 2, 9, 7, 1, 2, 9, 7])
        + Data([2, 0, 0, 0]))
  }

  @Test func whatTheNetworkComputedIsGivenWhereItIsAskedFor() async throws {
    let server = try server(PredictingFakeDetector())
    defer { server.close() }
    let model = try object(await send(server, "GET", "/v2/models/m"))
    let ports = try #require(model["outputs"] as? [[String: Any]])
    #expect(ports.suffix(2).map { $0["name"] as? String } == ["logits", "offsets"])
    #expect(ports.suffix(2).map { $0["shape"] as? [Int] } == [[-1, 2, 4], [-1, 2, 4]])
    let file = try png(width: 9, height: 7).base64EncodedString()
    func body(_ outputs: String) -> Data {
      Data(
        (#"{"inputs": [{"name": "image", "datatype": "BYTES", "shape": [2], "data": ["#
          + #""\#(file)", "\#(file)"]}]\#(outputs)}"#).utf8)
    }
    let asked = #", "outputs": [{"name": "offsets"}, {"name": "counts"}, {"name": "logits"}]"#
    let answer = try object(await send(server, "POST", "/v2/models/m/infer", body(asked)))
    let outputs = try #require(answer["outputs"] as? [[String: Any]])
    #expect(outputs.map { $0["shape"] as? [Int] } == [[2, 2, 4], [2], [2, 2, 4]])
    let offsets: [Double] = [9, 1, 2, 3, 4, 5, 6, 7]
    #expect(outputs[0]["data"] as? [Double] == offsets + offsets)
    let logits: [Double] = [9, 0.1, -2, 3, 4, 5, 6, 7]
    #expect(outputs[2]["data"] as? [Double] == logits + logits)
    // A megabyte that nobody asked for is not sent.
    let usual = try object(await send(server, "POST", "/v2/models/m/infer", body("")))
    #expect((usual["outputs"] as? [Any])?.count == 5)
  }

  // By hand: 64 bytes an image; in JSON each counts eight times, and one image is always given.
  @Test(arguments: [
    (128, true, 2), (127, true, 1), (1024, false, 2), (1023, false, 1), (1, true, 1),
  ])
  func whatTheNetworkComputedHasALimit(byteLimit: Int, isBinary: Bool, most: Int) async throws {
    var limits = ServerLimits()
    limits.outputBytes = byteLimit
    let server = try server(PredictingFakeDetector(), limits: limits)
    defer { server.close() }
    func answer(imageCount: Int) async -> HTTPAnswer {
      let pixels = [String](repeating: "7", count: 3 * imageCount).joined(separator: ", ")
      let body =
        #"{"inputs": [{"name": "image", "datatype": "UINT8", "shape": [\#(imageCount), 1, 1, 3], "#
        + #""data": [\#(pixels)]}], "outputs": [{"name": "offsets", "parameters": "#
        + #"{"binary_data": \#(isBinary)}}]}"#
      return await send(server, "POST", "/v2/models/m/infer", Data(body.utf8))
    }
    #expect(await answer(imageCount: most).status == 200)
    let refused = await answer(imageCount: most + 1)
    #expect(refused.status == 422)
    let words = "expected at most \(most) images\(isBinary ? "" : " without binary_data"), found"
    #expect(try (object(refused)["error"] as? String)?.contains(words) == true)
  }

  @Test func whatIsNotFiniteComesAsBytesAlone() async throws {
    let server = try server(PredictingFakeDetector(logit: .nan))
    defer { server.close() }
    func body(_ isBinary: Bool) -> Data {
      Data(
        (#"{"inputs": [{"name": "image", "datatype": "UINT8", "shape": [1, 1, 1, 3], "data": "#
          + #"[1, 2, 3]}], "outputs": [{"name": "logits", "parameters": {"binary_data": "#
          + "\(isBinary)}}]}").utf8)
    }
    let failed = await send(server, "POST", "/v2/models/m/infer", body(false))
    #expect(failed.status == 422)
    #expect(
      try (object(failed)["error"] as? String)?.hasPrefix("outputs: JSON has no number") == true)
    let answer = await send(server, "POST", "/v2/models/m/infer", body(true))
    #expect(answer.status == 200)
    #expect(answer.body.suffix(32) == bytes([.nan, 0.1, -2, 3, 4, 5, 6, 7]))
  }

  @Test func whileItStopsImagesAreRefusedAndFiguresAreNot() async throws {
    let detector = FakeDetector(isGated: true)
    let server = try server(detector)
    let image = try png()
    let waiting = Task { await send(server, "POST", "/v1/detect", image) }
    #expect(try await eventually { detector.calls.withLock { !$0.isEmpty } })
    server.stop()
    let refused = server.refusal(
      of: HTTPHead(method: "POST", target: "/v1/detect"), requestID: "i")
    #expect(refused?.status == 503 && refused?.value(of: "connection") == "close")
    #expect(refused?.value(of: "retry-after") == "5")
    let ready = await send(server, "GET", "/v2/health/ready")
    #expect(ready.status == 503)
    #expect(try object(ready)["ready"] as? Bool == false)
    #expect(await send(server, "GET", "/v2/health/live").status == 200)
    #expect(await send(server, "GET", "/metrics").status == 200)
    detector.open()
    #expect(await waiting.value.status == 200)
    server.close()
  }

  @Test func figuresKnowRoutesAndModelsAndNothingElse() async throws {
    let server = try server()
    defer { server.close() }
    for target in ["/v1/detect?max=1", "/v2/models/nobody/infer", "/a/b\"c"] {
      let head = HTTPHead(method: "POST", target: target)
      let answer = await server.answer(head, body: try png(), requestID: "i")
      server.sent(answer, to: head, seconds: 0.01)
    }
    let answer = await send(server, "GET", "/metrics")
    #expect(answer.value(of: "content-type") == "text/plain; version=0.0.4; charset=utf-8")
    let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
    #expect(
      lines.filter { $0.hasPrefix("multibox_requests_total{") } == [
        #"multibox_requests_total{path="/v1/detect",model="m",status="200"} 1"#,
        #"multibox_requests_total{path="/v2/models/{name}/infer",status="404"} 1"#,
        #"multibox_requests_total{path="other",status="404"} 1"#,
      ])
    #expect(lines.contains(#"multibox_images_total{model="m"} 1"#))
  }

  @Test func namesOfModelsArePlainAndDiffer() throws {
    for name in ["", "a b", "a/b", "é", String(repeating: "a", count: 65)] {
      #expect(throws: FileError.self) { try ServedModel(name: name, detector: FakeDetector()) }
    }
    let error = #expect(throws: FileError.self) { try server(names: ["m", "m"]) }
    #expect(error?.description == "m: two models have this name")
  }
}

struct ServerDocumentTests {
  @Test func theDescriptionHasEveryPathAndStatus() throws {
    let answer = ServerPage.openAPI(version: "1.2.3")
    let document = try #require(
      try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
    #expect((document["info"] as? [String: Any])?["version"] as? String == "1.2.3")
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    #expect(Set(paths.keys) == Set(ServerRoute.allCases.map(\.rawValue)))
    for route in ServerRoute.allCases {
      let methods = Set(paths[route.rawValue, default: [:]].keys).subtracting(["parameters"])
      #expect(methods == [route.method.lowercased()], "\(route)")
      let operation = try #require(
        paths[route.rawValue]?[route.method.lowercased()] as? [String: Any])
      let statuses = try #require(operation["responses"] as? [String: Any]).keys
      // Those that a route can have beside its own method's.
      let expected: Set<Int> =
        route == .detect
        ? Set(Refusal.Kind.allCases.map(\.status)).subtracting([405])
        : route == .infer
          ? Set(Refusal.Kind.allCases.map(\.status)).subtracting([405, 406]) : []
      #expect(Set(statuses.compactMap(Int.init)).isSuperset(of: expected), "\(route)")
      #expect(statuses.contains("401") == !route.isOpen, "\(route)")
    }
    let components = try #require(document["components"] as? [String: Any])
    let schemas = try #require(components["schemas"] as? [String: [String: Any]])
    let error = try #require(schemas["Error"]?["properties"] as? [String: [String: Any]])
    #expect(error["code"]?["enum"] as? [String] == Refusal.Kind.allCases.map(\.rawValue))
  }

  @Test func thePageLoadsNothingFromElsewhere() {
    let page = String(decoding: ServerPage.answer.body, as: UTF8.self)
    #expect(page.hasPrefix("<!DOCTYPE html>"))
    // Its own paths alone, and the name space of SVG.
    let addresses = page.matches(of: /https?:\/\/[^"' ]+/).map { String($0.output) }
    #expect(addresses == ["http://www.w3.org/2000/svg"])
    #expect(ServerPage.answer.value(of: "content-security-policy")?.contains("'none'") == true)
  }

  /// A name of a class that begins with @ would be a file's, and a semicolon in one begin a type.
  @Test func theLineForAShellHasNoFieldThatCurlReadsOtherwise() {
    let page = String(decoding: ServerPage.answer.body, as: UTF8.self)
    let fields = page.matches(of: /"(-F|--form-string)", [^`]*`(\w+)=/)
      .map { "\($0.1) \($0.2)" }
    #expect(
      fields == [
        "-F image", "--form-string threshold", "--form-string classes", "--form-string model",
      ])
  }

  @Test func everyPathOfThePageIsARoute() throws {
    let page = String(decoding: ServerPage.answer.body, as: UTF8.self)
    for (path, route) in [
      ("\"/v2\"", ServerRoute.server), ("`/v2/models/${", .model), ("`/v1/detect?", .detect),
      ("href=\"/openapi.json\"", .openAPI),
    ] {
      #expect(page.contains(path), "\(route)")
    }
  }

  @Test func aLineOfTheLogIsOneObject() throws {
    let text = LogLine.text(
      level: "info", message: "a\nb", fields: ["path": "/\"x", "level": "forged"],
      at: Date(timeIntervalSince1970: 1.5))
    #expect(!text.contains("\n"))
    #expect(
      try JSONDecoder().decode([String: String].self, from: Data(text.utf8)) == [
        "level": "info", "message": "a\nb", "path": "/\"x", "time": "1970-01-01T00:00:01.500Z",
      ])
  }
}
