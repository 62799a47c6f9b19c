import Datasets
import Foundation
import MultiBox
import SSDReport
import TestSupport
import Testing

struct ExplainCommandTests {
  /// A picture of shapes with its annotation, as `dataset --export` writes them.
  private func withPicture<Result>(
    _ body: (_ folder: String, _ image: String, _ annotation: String) throws -> Result
  ) throws -> Result {
    try withFolder { folder in
      let output = try CommandRunner.run([
        "dataset", "shapes:images=8,side=128,seed=5", "--split", "train", "--limit", "2",
        "--export",
        folder,
      ])
      try #require(output.status == 0, "\(output.err)")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/train").sorted()
      let image = try #require(files.first { $0.hasSuffix(".png") })
      let stem = (image as NSString).deletingPathExtension
      return try body(
        folder, "\(folder)/train/\(image)", "\(folder)/train/\(stem).xml")
    }
  }

  private func json(_ arguments: [String]) throws -> [String: Any] {
    let output = try CommandRunner.run(["explain", "--json"] + arguments)
    try #require(output.status == 0, "\(output.err)")
    return try #require(
      JSONSerialization.jsonObject(with: Data(output.out.utf8)) as? [String: Any])
  }

  private func value(_ path: String, in object: Any) -> Any? {
    path.split(separator: ".").reduce(Optional(object)) { object, key in
      if let list = object as? [Any], let index = Int(key), list.indices.contains(index) {
        return list[index]
      }
      return (object as? [String: Any])?[String(key)]
    }
  }

  @Test(arguments: [[], ["--preset", "nvidia"], ["--box-loss", "giou", "--alpha", "2"]])
  func theItemsSumToTheLoss(options: [String]) throws {
    try withPicture { _, image, annotation in
      let document = try json(
        ["--image", image, "--annotation", annotation, "--image-size", "128"] + options)
      let items = try #require(document["items"] as? [[String: Any]])
      #expect(items.count == 1532)
      let sum = items.reduce(0.0) { $0 + ($1["contribution"] as? Double ?? .nan) }
      let loss = try #require(value("loss.loss", in: document) as? Double)
      #expect(loss > 0)
      #expect(abs(sum - loss) <= 1e-5 * loss)
      let objects = try #require(document["groundTruth"] as? [[String: Any]])
      let regressions = items.filter { $0["regression"] != nil }
      // Each object owns a default box at least.
      #expect(!objects.isEmpty && regressions.count >= objects.count)
      for item in regressions {
        let terms = try #require(value("regression.terms", in: item) as? [Double])
        #expect(terms.count == (options.contains("giou") ? 1 : 4))
      }
    }
  }

  @Test func theTerminalGetsWords() throws {
    try withPicture { folder, _, _ in
      let output = try CommandRunner.run([
        "explain", "--data", folder, "--image", "train-5-0", "--image-size", "128",
      ])
      #expect(output.status == 0, "\(output.err)")
      #expect(output.out.contains("128 × 128 px; ssd-compact, untrained; 1532 default boxes"))
      #expect(output.out.contains("negatives were mined, ⌊3 · "))
      #expect(output.out.contains("Object 1 ("))
      #expect(output.out.contains("The hardest negatives:"))
    }
  }

  // Every number that the page shows is compared with --json, for default boxes of every kind.
  @Test func thePageShowsTheNumbers() throws {
    try withPicture { folder, image, annotation in
      let page = folder + "/page.html"
      let document = try json([
        "--image", image, "--annotation", annotation, "--image-size", "128", "--output", page,
      ])
      let items = try #require(document["items"] as? [[String: Any]])
      let positives = items.indices.filter { items[$0]["regression"] != nil }
      let negatives = items.indices.filter { items[$0]["rank"] != nil }
      let chosen = [
        positives.first, positives.last, negatives.first, items.indices.first, items.indices.last,
      ]
      let browser = try Browser()
      defer { browser.close() }
      try browser.open(page)
      for index in chosen {
        let index = try #require(index)
        try browser.type("\(index)" + Browser.enter, into: "#number")
        let title = try browser.run(
          "return document.querySelector('#detail h2').textContent")
        #expect((title as? String)?.hasPrefix("Default box \(index) ") == true, "\(title)")
        try compareNumbers(shown("#detail .n", in: browser), document, atLeast: 6)
      }
      // Head, tables and the object that Enter chooses in the picture.
      try compareNumbers(shown(".n", in: browser), document, atLeast: 20)
      _ = try browser.run("document.querySelector('[data-truth=\"0\"]').focus()")
      try browser.press(Browser.enter)
      let title = try browser.run(
        "return document.querySelector('#detail h2').textContent")
      #expect((title as? String)?.hasPrefix("Object 1: ") == true)
      try compareNumbers(shown("#detail .n", in: browser), document, atLeast: 6)
      let marks = try browser.run(
        "return document.querySelectorAll('#curves circle').length")
      #expect(marks as? Int == 4)
      let loaded = try browser.run(
        "return performance.getEntriesByType('resource').filter(r => !r.name.startsWith('data:')).length"
      )
      #expect(loaded as? Int == 0)
    }
  }

  @Test(arguments: [(360, false), (400, true), (1280, true)])
  func thePageFitsNarrowScreensAndTheDark(width: Int, isDark: Bool) throws {
    try withPicture { folder, image, annotation in
      let page = folder + "/page.html"
      _ = try json([
        "--image", image, "--annotation", annotation, "--image-size", "128", "--output", page,
      ])
      let browser = try Browser(width: width, height: 900, isDark: isDark)
      defer { browser.close() }
      try browser.open(page)
      #expect(try browser.run("return window.innerWidth") as? Int == width)
      let overflow = try browser.run(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
      #expect(overflow as? Int == 0)
      // What each row adds is seen without scrolling, in all three tables.
      let hidden = try browser.run(
        """
        const columns = [...document.querySelectorAll("th.adds")];
        return columns.map(th => {
          const own = th.getBoundingClientRect();
          const room = th.closest(".scroll").getBoundingClientRect();
          return own.width > 0 && own.left >= room.left && own.right <= room.right;
        });
        """)
      #expect(hidden as? [Bool] == [true, true, true])
      let ground = try browser.run(
        "return getComputedStyle(document.body).backgroundColor")
      #expect(ground as? String == (isDark ? "rgb(21, 24, 28)" : "rgb(251, 250, 247)"))
    }
  }

  /// Pairs of path and text of what a selector finds.
  private func shown(_ selector: String, in browser: Browser) throws -> [[String]] {
    let script =
      "return [...document.querySelectorAll('\(selector)')].map(e => [e.dataset.path, e.textContent])"
    return try #require(try browser.run(script) as? [[String]])
  }

  /// Compares what is shown with the JSON's number, written as words and terminal write it.
  private func compareNumbers(
    _ shown: [[String]], _ document: [String: Any], atLeast count: Int
  ) throws {
    #expect(shown.count >= count)
    for pair in shown {
      let path = pair[0]
      let expected = try #require(value(path, in: document) as? Double, "\(path)")
      let style: NumberStyle =
        if path.contains("defaultBox.") || path.contains("regression.groundTruth.")
          || path.contains("regression.predicted.")
        {
          .share
        } else {
          path.hasPrefix("groundTruth.") && path.contains(".box.") ? .pixels : .measure
        }
      let isOverlap = path.lowercased().hasSuffix("overlap")
      #expect(pair[1] == style.text(expected, apartFrom: isOverlap ? 0.5 : nil), "\(path)")
    }
  }

  /// Numbers of all sizes, halves of the last digit among them, and those close to a threshold.
  private var numbers: [Double] {
    var generator = SeededGenerator(seed: 7)
    let random = (0..<2000).map { index in
      let exponent = Double.random(in: -9...12, using: &generator)
      return Double.random(in: -1...1, using: &generator) * Foundation.pow(10, exponent)
        * (index % 2 == 0 ? 1 : 1e-3)
    }
    let halves =
      (0..<400).map { Double($0) / 4096 - 0.03 } + [0.0625, 0.1875, 2.0625, 0.0009765625]
    let close = (0..<400).map { 0.5 + (Double($0) - 200) * 1e-5 / 3 } + [0.499947, 0.5]
    return random + halves + close + [0, 1, -3, 1e-3, 0.1, 0.01, 1e9, 999_999_999.5, 98.86]
  }

  @Test func pageAndWordsWriteNumbersAlike() throws {
    try withPicture { folder, image, annotation in
      let page = folder + "/page.html"
      _ = try json([
        "--image", image, "--annotation", annotation, "--image-size", "128", "--output", page,
      ])
      let browser = try Browser()
      defer { browser.close() }
      try browser.open(page)
      let list = String(decoding: try JSONEncoder().encode(numbers), as: UTF8.self)
      for style in NumberStyle.allCases {
        let shown = try browser.run(
          "return \(list).flatMap(x => [format(x, '\(style.rawValue)'),"
            + " format(x, '\(style.rawValue)', 0.5)])")
        let expected = numbers.flatMap { [style.text($0), style.text($0, apartFrom: 0.5)] }
        let found = try #require(shown as? [String])
        for (index, pair) in zip(found, expected).enumerated() {
          #expect(pair.0 == pair.1, "\(style) \(numbers[index / 2])")
        }
        #expect(found.count == expected.count)
      }
    }
  }

  // An image without objects has no positives and, mined, no negatives: no table, no residuals.
  @Test func thePageHasNoEmptyPanels() throws {
    try withPicture { folder, image, annotation in
      let (empty, page) = (folder + "/empty.xml", folder + "/page.html")
      let text = try String(contentsOfFile: annotation, encoding: .utf8)
      let size = try #require(text.firstMatch(of: /<size>(.|\n)*<\/size>/)).output.0
      try Data("<annotation>\(size)</annotation>".utf8).write(to: URL(fileURLWithPath: empty))
      let run = folder + "/run"
      let training = try CommandRunner.run([
        "train", "--data", "shapes:images=8,side=64,seed=1", "--output", run, "--image-size", "64",
        "--epochs", "1", "--augmentation", "none",
      ])
      try #require(training.status == 0, "\(training.err)")
      let visible =
        "return [...document.querySelectorAll('.wide .card')].filter(c => c.checkVisibility()).map(c => c.id)"
      let browser = try Browser()
      defer { browser.close() }
      for (labels, expected) in [
        (empty, [String]()),
        (annotation, ["objects-card", "negatives-card", "curves-card", "sizes-card"]),
      ] {
        _ = try json([
          "--run", run, "--image", image, "--annotation", labels, "--output", page,
        ])
        try browser.open(page)
        #expect(try browser.run(visible) as? [String] == expected)
      }
    }
  }

  @Test func anImageIsNamedOrGivenByPath() throws {
    try withPicture { folder, image, _ in
      let name = (image as NSString).lastPathComponent
      let stem = (name as NSString).deletingPathExtension
      let outputs = try [stem, name, image, "train/" + name].map {
        try CommandRunner.run(["explain", "--data", folder, "--image", $0, "--image-size", "128"])
      }
      for output in outputs {
        #expect(output.status == 0, "\(output.err)")
        #expect(output.out == outputs[0].out)
      }
    }
  }

  @Test func mistakesAreOneLine() throws {
    try withPicture { folder, image, annotation in
      let cases: [(arguments: [String], status: Int32, message: String)] = [
        (["--data", folder, "--image", "none"], 1, "multibox: F: no image none in train\n"),
        (
          ["--image", image, "--annotation", folder + "/no.xml"], 1,
          "multibox: F/no.xml: no such file\n"
        ),
        (
          ["--image", folder + "/no.png", "--annotation", annotation], 1,
          "multibox: F/no.png: no such file\n"
        ),
        (
          ["--run", folder, "--image", image], 1,
          "multibox: F: not a run: it holds no configuration.json\n"
        ),
        (["--image", image], 64, "Give --run, --data or --annotation"),
        (
          ["--image", image, "--annotation", annotation, "--data", "x"], 64,
          "--annotation goes without --data and --split"
        ),
        (["--image", image, "--data", "x", "--untrained"], 64, "--untrained goes with --run"),
      ]
      for (arguments, status, message) in cases {
        let output = try CommandRunner.run(["explain"] + arguments)
        #expect(output.status == status)
        let text = output.err.replacingOccurrences(of: folder, with: "F")
        #expect(status == 1 ? text == message : text.contains(message), "\(text)")
      }
    }
  }
}
