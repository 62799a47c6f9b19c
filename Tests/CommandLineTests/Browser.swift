import Foundation

/// Headless Chromium, driven through chromedriver by the WebDriver protocol.
///
/// - SeeAlso: W3C WebDriver, https://www.w3.org/TR/webdriver2/
final class Browser {
  private let driver: Process
  private let output: String
  private var base = ""

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts a session of a window of the given size.
  init(width: Int = 1280, height: Int = 1000, isDark: Bool = false) throws {
    driver = Process()
    driver.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    driver.arguments = ["chromedriver", "--port=0"]
    output = NSTemporaryDirectory() + "chromedriver-\(UUID().uuidString)"
    try Data().write(to: URL(fileURLWithPath: output))
    driver.standardOutput = FileHandle(forWritingAtPath: output)
    driver.standardError = FileHandle.nullDevice
    try driver.run()
    do {
      base = "http://127.0.0.1:\(try port())/session"
      try startSession(width: width, height: height, isDark: isDark)
    } catch {
      close()
      throw error
    }
  }

  private func startSession(width: Int, height: Int, isDark: Bool) throws {
    var arguments = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=\(width),\(height)",
      "--user-data-dir=\(output)-profile",
    ]
    if isDark { arguments.append("--blink-settings=preferredColorScheme=0") }
    let answer = try send(
      "POST", "",
      ["capabilities": ["alwaysMatch": ["goog:chromeOptions": ["args": arguments]]]])
    guard let session = (answer as? [String: Any])?["sessionId"] as? String else {
      throw Failure(description: "no session: \(answer)")
    }
    base += "/\(session)"
    // Chromium makes no window narrower than 500 pixels; a page sees what it is told.
    _ = try send(
      "POST", "/goog/cdp/execute",
      [
        "cmd": "Emulation.setDeviceMetricsOverride",
        "params": ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false],
      ])
  }

  /// Ends session and driver.
  ///
  /// The driver is asked, not killed: that would leave Chromium running, and Foundation waits for
  /// every process that inherited a descriptor.
  func close() {
    if base.contains("/session/") { _ = try? send("DELETE", "", nil) }
    if let root = base.firstRange(of: "/session") {
      base = String(base[..<root.lowerBound])
      _ = try? send("GET", "/shutdown", nil)
    }
    for _ in 0..<50 where driver.isRunning { Thread.sleep(forTimeInterval: 0.1) }
    if driver.isRunning { driver.terminate() }
    try? FileManager.default.removeItem(atPath: output)
    try? FileManager.default.removeItem(atPath: output + "-profile")
  }

  func open(_ path: String) throws {
    _ = try send("POST", "/url", ["url": URL(fileURLWithPath: path).absoluteString])
  }

  /// Runs a function body and returns what it returns.
  func run(_ script: String) throws -> Any {
    try send("POST", "/execute/sync", ["script": script, "args": [Any]()])
  }

  /// Types into the element that a CSS selector finds, as a person does.
  func type(_ keys: String, into selector: String) throws {
    let found = try send(
      "POST", "/element", ["using": "css selector", "value": selector])
    guard let element = (found as? [String: String])?.values.first else {
      throw Failure(description: "no element \(selector): \(found)")
    }
    _ = try send("POST", "/element/\(element)/clear", [:])
    _ = try send("POST", "/element/\(element)/value", ["text": keys])
  }

  /// Types where the focus is.
  func press(_ key: String) throws {
    let actions = ["keyDown", "keyUp"].map { ["type": $0, "value": key] }
    _ = try send(
      "POST", "/actions",
      ["actions": [["type": "key", "id": "keyboard", "actions": actions] as [String: Any]]])
  }

  static let enter = "\u{E007}"

  private func port() throws -> Int {
    for _ in 0..<300 {
      let text = String(
        decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
      if let match = text.firstMatch(of: /started successfully on port (\d+)/),
        let port = Int(match.1)
      {
        return port
      }
      Thread.sleep(forTimeInterval: 0.1)
    }
    throw Failure(description: "chromedriver does not start")
  }

  /// Through curl: Foundation's client refuses the headers of chromedriver.
  private func send(_ method: String, _ path: String, _ body: [String: Any]?) throws -> Any {
    let curl = Process()
    curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    curl.arguments = ["curl", "--silent", "--max-time", "60", "--request", method, base + path]
    if let body {
      let data = try JSONSerialization.data(withJSONObject: body)
      curl.arguments? += [
        "--header", "Content-Type: application/json", "--data",
        String(decoding: data, as: UTF8.self),
      ]
    }
    let pipe = Pipe()
    curl.standardOutput = pipe
    try curl.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    curl.waitUntilExit()
    let answer = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    let value = answer?["value"] ?? NSNull()
    if let error = (value as? [String: Any])?["error"] {
      throw Failure(description: "\(method) \(path): \(error): \(value)")
    }
    return value
  }
}
