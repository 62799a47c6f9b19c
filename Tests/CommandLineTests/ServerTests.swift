import Foundation
import ImageFiles
import TestSupport
import Testing

/// The server as a client meets it, where `make serve` has built it.
struct ServerTests {
  static let executable = CommandRunner.products + "/multibox-serve"
  static let isBuilt = FileManager.default.isExecutableFile(atPath: executable)

  /// Calls `body` with the address of a server of a model that finds one cat and with a picture,
  /// and returns the lines of its log.
  private func withServer(
    _ options: [String] = [], _ body: (_ url: String, _ picture: String) throws -> Void
  ) throws -> [[String: String]] {
    try withFolder { folder in
      try ConstantModel.write([(1, 0.75, [0.25, 0.5, 0.75, 1])], to: folder + "/d.onnx")
      try PNGFile.write(
        RGBImage(width: 40, height: 20, pixels: [UInt8](repeating: 80, count: 2400)),
        to: folder + "/a.png")
      let started = try CommandRunner.start(
        Self.executable, ["serve", "--model", folder + "/d.onnx", "--port", "0"] + options)
      defer { if started.process.isRunning { started.process.terminate() } }
      var url: String?
      for _ in 0..<600 where url == nil && started.process.isRunning {
        let log = try String(contentsOfFile: started.files.err, encoding: .utf8)
        url = log.firstMatch(of: /"url":"([^"]+)"/).map { String($0.1) }
        Thread.sleep(forTimeInterval: 0.1)
      }
      try body(try #require(url), folder + "/a.png")
      started.process.terminate()
      let output = CommandRunner.finish(started)
      #expect(output.status == 0 && !output.isSignalled && output.out.isEmpty)
      return try output.err.split(separator: "\n").map {
        try JSONDecoder().decode([String: String].self, from: Data($0.utf8))
      }
    }
  }

  /// What curl says: the body, and behind it the status.
  private func curl(_ arguments: [String]) throws -> (body: String, status: String) {
    let output = try CommandRunner.run(
      ["curl", "--silent", "--insecure", "--max-time", "30", "--write-out", "\n%{http_code}"]
        + arguments, executable: "/usr/bin/env")
    let lines = output.out.split(separator: "\n", omittingEmptySubsequences: false)
    return (lines.dropLast().joined(separator: "\n"), String(lines.last ?? ""))
  }

  @Test(.enabled(if: ServerTests.isBuilt, "needs make serve"))
  func anImageIsLookedAtAndASignalEndsItInOrder() throws {
    let log = try withServer(["--max-body", "5kB", "--body-timeout", "1"]) { url, picture in
      // By hand: shares of 40 × 20 pixels.
      let line =
        #"{"detections":[{"box":[10,10,30,20],"class":"cat","classIndex":1,"score":0.75}],"#
      let answer = try curl([
        "-F", "image=@\(picture)", "-H", "X-Request-ID: mine", url + "/v1/detect",
      ])
      #expect(answer.status == "200")
      #expect(answer.body == line + #""height":20,"image":"a.png","width":40}"# + "\n")
      let drawn = try curl([
        "-F", "image=@\(picture)", "-H", "Accept: image/png", "--output", picture + ".png",
        url + "/v1/detect",
      ])
      #expect(drawn.status == "200")
      #expect(try ImageFile.read(picture + ".png").width == 40)
      #expect(try curl([url + "/"]).body.hasPrefix("<!DOCTYPE html>"))
      #expect(try curl([url + "/v2/models/d"]).body.contains(#""name":"d""#))
      #expect(try curl([url + "/metrics"]).body.contains(#"multibox_images_total{model="d"} 2"#))
      // A client that waits to be told gets told.
      let waiting = ["-H", "Expect: 100-continue", "--expect100-timeout", "60"]
      #expect(try curl(waiting + ["-F", "image=@\(picture)", url + "/v1/detect"]).status == "200")
      // Told by the head, and found out while it comes.
      let large = String(repeating: "x", count: 5001)
      #expect(try curl(["--data-raw", large, url + "/v1/detect"]).status == "413")
      let chunked = ["-H", "Transfer-Encoding: chunked", "--data-raw", large]
      #expect(try curl(chunked + [url + "/v1/detect"]).status == "413")
      // A pipe that gives nothing is a body that does not come.
      let slow = try CommandRunner.run(
        [
          "-c",
          "sleep 5 | curl -s -T - -X POST -w '%{http_code}' -H 'Content-Type: image/png' '\(url)/v1/detect'",
        ], executable: "/bin/bash")
      #expect(slow.out.hasSuffix("408"), "\(slow.out)")
      #expect(try curl([url + "/v2/health/ready"]).status == "200")
      // A client of HTTP/1.0, or that says `close` in its own way, waits for the connection's end.
      let address = url.dropFirst("http://".count).replacing(":", with: "/")
      for head in ["HTTP/1.0\\r\\n", "HTTP/1.1\\r\\nHost: x\\r\\nConnection: Close, TE\\r\\n"] {
        let old = try CommandRunner.run(
          [
            "-c",
            "exec 3<>/dev/tcp/\(address); printf 'GET /v2 \(head)\\r\\n' >&3; timeout 20 cat <&3",
          ], executable: "/bin/bash")
        #expect(old.status == 0 && old.out.contains("multibox"), "\(old.out)")
      }
    }
    #expect(log.first { $0["request_id"] == "mine" }?["status"] == "200")
    #expect(log.contains { $0["status"] == "408" } && log.last?["message"] == "stopped")
  }

  /// What Scripts/check_server.py found of one of its clients.
  private struct Found: Decodable {
    let status: Int?
    let code: String?
    let seconds: Double?
    /// The connection ended in order, behind an answer that said so.
    let ends: Bool?
    /// Of a client that sends without an end, how many were taken.
    let bytes: Int?
    /// Of a client that goes before its turn: it waited, and so many images were looked at.
    let waits: Bool?
    let images: Int?
    /// The answer did not arrive.
    let error: String?
  }

  @Test(.enabled(if: ServerTests.isBuilt, "needs make serve"))
  func clientsThatDoNotKeepToTheRulesHoldNothingForLong() throws {
    let options = ["--body-timeout", "2", "--threads", "1", "--no-throughput"]
    _ = try withServer(options) { url, _ in
      let found = try PythonScript("check_server.py").output([url], as: [String: Found].self)
      // All of 30 MB are sent before the client looks: it sees the refusal, not a reset.
      for (name, status, code) in [
        ("large", 413, "too_large"), ("continue", 404, "not_found"), ("noHTTP", 400, "malformed"),
        ("longHead", 400, "malformed"), ("announced", 200, nil),
      ] as [(String, Int, String?)] {
        let client = try #require(found[name])
        #expect(client.status == status && client.code == code, "\(name): \(client)")
        // 19 MB that are announced to a path which reads none are not waited for.
        #expect(client.ends == true && client.seconds ?? 9 < 1.5, "\(name): \(client)")
      }
      let endless = try #require(found["endless"])
      #expect(endless.ends == true && endless.bytes ?? .max < 100_000_000, "\(endless)")
      let unread = try #require(found["unread"])
      #expect(unread.ends == true && unread.seconds ?? 99 < 12, "\(unread)")
      let gone = try #require(found["gone"])
      #expect(gone.status == 200 && gone.waits == true && gone.images == 6, "\(gone)")
    }
  }

  /// The last file that a process may open was a connection's, and Dispatch ended the process.
  @Test(.enabled(if: ServerTests.isBuilt, "needs make serve"))
  func connectionsWithoutFilesAreRefused() throws {
    let output = try CommandRunner.run(
      ["-c", "ulimit -n 64 && exec \"$0\" serve --model none.onnx --port 0", Self.executable],
      executable: "/bin/bash")
    #expect(output.status == 1)
    // 32 for every command, 64, and three for each core that the server may use.
    #expect(output.err.hasPrefix("multibox: open files: expected a limit of "))
    let expected = /at least (\d+) for 64 connections, found 64 \(ulimit -n\)\n$/
    let found = try #require(output.err.firstMatch(of: expected), "\(output.err)")
    let ofLoops = try #require(Int(found.1)) - 96
    #expect(ofLoops >= 3 && ofLoops.isMultiple(of: 3), "\(ofLoops)")
  }

  /// A thousand lines of the log are more than a pipe holds.
  @Test(.enabled(if: ServerTests.isBuilt, "needs make serve"))
  func whoDoesNotReadTheLogHoldsUpNobody() throws {
    try withFolder { folder in
      try ConstantModel.write([(1, 0.75, [0.25, 0.5, 0.75, 1])], to: folder + "/d.onnx")
      let script = """
        exec 3< <(exec "$0" serve --model "$1" --port 0 2>&1 >/dev/null)
        server=$!
        IFS='"' read -r -d '}' -u 3 -a words
        for word in "${words[@]}"; do case $word in http*) url=$word ;; esac; done
        ask() { curl --silent --max-time 60 --write-out '%{http_code}\\n' --output /dev/null "$@"; }
        ask "$url/none?[1-1000]" | sort | uniq -c
        ask "$url/v2/health/ready"
        kill "$server"
        wait "$server"
        echo "ended $?"
        """
      let output = try CommandRunner.run(
        ["-c", script, Self.executable, folder + "/d.onnx"], executable: "/bin/bash")
      #expect(output.out == "   1000 404\n200\nended 0\n", "\(output)")
    }
  }

  @Test(.enabled(if: ServerTests.isBuilt, "needs make serve"))
  func tokensAreAskedForOverTLS() throws {
    try withFolder { folder in
      let token = "0123456789abcdef"
      try Data("\(token)\n".utf8).write(to: URL(fileURLWithPath: folder + "/tokens"))
      let made = try CommandRunner.run(
        [
          "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
          "-days", "2", "-keyout", folder + "/key.pem", "-out", folder + "/chain.pem",
        ], executable: "/usr/bin/env")
      try #require(made.status == 0, "\(made.err)")
      let other = try CommandRunner.run(
        ["openssl", "genrsa", "-out", folder + "/other.pem", "2048"], executable: "/usr/bin/env")
      try #require(other.status == 0, "\(other.err)")
      try ConstantModel.write([(1, 0.75, [0.25, 0.5, 0.75, 1])], to: folder + "/d.onnx")
      let wrong = try CommandRunner.run(
        [
          "serve", "--model", folder + "/d.onnx", "--port", "0", "--certificate",
          folder + "/chain.pem", "--key", folder + "/other.pem",
        ], executable: Self.executable)
      #expect(wrong.status == 1)
      #expect(wrong.err.contains("/other.pem: expected the private key of"), "\(wrong.err)")
      _ = try withServer([
        "--tokens", folder + "/tokens", "--certificate", folder + "/chain.pem", "--key",
        folder + "/key.pem",
      ]) { url, picture in
        #expect(url.hasPrefix("https://"))
        let image = ["-F", "image=@\(picture)", url + "/v1/detect"]
        let (closed, live) = (try curl(image), try curl([url + "/v2/health/live"]))
        let open = try curl(["-H", "Authorization: Bearer \(token)"] + image)
        #expect(closed.status == "401" && live.status == "200" && open.status == "200")
        let old = ["--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0", url + "/v2/health/live"]
        #expect(try curl(old).status == "000")
      }
    }
  }
}
