import Foundation
import ModelFiles
import TestSupport
import Testing

struct LossCommandTests {
  private struct Report: Decodable {
    struct Image: Decodable, Equatable {
      let positives: Int
      let negatives: Int
    }
    let loss, localization, confidence: Double
    let positives, negatives: Int
    let images: [Image]
  }

  /// The worked problem of golden/loss as files, changed by the arguments.
  private func withProblem<Result>(
    targets: String? = nil, logits: NamedArray? = nil, _ body: (String, [String]) throws -> Result
  ) throws -> Result {
    try withFolder { folder in
      let corners: [[Float]] = [
        [0, 0, 10, 10], [5, 5, 15, 15], [10, 10, 20, 20], [0, 10, 10, 20], [20, 20, 30, 30],
        [25, 0, 35, 10], [2, 2, 8, 8], [14, 14, 26, 26],
      ]
      let centers = corners.flatMap {
        [$0[0] + $0[2], $0[1] + $0[3], 2 * ($0[2] - $0[0]), 2 * ($0[3] - $0[1])].map { $0 / 80 }
      }
      try Safetensors(arrays: ["default_boxes": NamedArray(shape: [8, 4], floats: centers)])
        .write(to: folder + "/d.safetensors")
      try Safetensors(arrays: [
        "logits": logits
          ?? NamedArray(
            shape: [2, 8, 3], floats: (0..<48).map { Float(2 * sin(0.7 * Double($0))) }),
        "offsets": NamedArray(
          shape: [2, 8, 4], floats: (0..<64).map { Float(cos(0.3 * Double($0))) }),
      ]).write(to: folder + "/p.safetensors")
      let text =
        targets
          ?? """
          {"images": [{"boxes": [[0.025, 0.025, 0.25, 0.25], [0.275, 0.275, 0.55, 0.525]],
          "classes": [1, 2]}, {"boxes": [[0.6, 0.025, 0.9, 0.275]], "classes": [1]}]}
          """
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/t.json"))
      return try body(
        folder,
        [
          "loss", "--predictions", folder + "/p.safetensors", "--targets", folder + "/t.json",
          "--default-boxes", folder + "/d.safetensors",
        ])
    }
  }

  // golden/loss, case A: f64 3.280085668811 / 5.918743623149.
  @Test func theWorkedCaseComesOut() throws {
    try withProblem { folder, arguments in
      let output = try CommandRunner.run(
        arguments + ["--json", "--gradients", folder + "/g.safetensors"])
      #expect(output.status == 0, "\(output.err)")
      let report = try JSONDecoder().decode(Report.self, from: Data(output.out.utf8))
      #expect(abs(report.localization - 3.280085668811) < 1e-5)
      #expect(abs(report.confidence - 5.918743623149) < 1e-5)
      #expect(abs(report.loss - 9.198829291960) < 1e-5)
      #expect(report.positives == 3 && report.negatives == 9)
      #expect(
        report.images == [.init(positives: 2, negatives: 6), .init(positives: 1, negatives: 3)])
      let gradients = try Safetensors(contentsOf: folder + "/g.safetensors")
      #expect(gradients.arrays["logits"]?.shape == [2, 8, 3])
      let offsets = try #require(gradients.arrays["offsets"]).floats()
      // By hand: residual cos(0) − .5 = .5 of the first positive, divided by N = 3.
      #expect(abs(offsets[0] - 0.5 / 3) < 1e-6)
      #expect(offsets[4..<8].allSatisfy { $0 == 0 })
    }
  }

  // By hand in ClassWeightsTests: L_conf is 6.6733628 with 2 and 0.5; class 1 alone makes it
  // 5.9187436 + (1.1800231 + 1.4580804) / 3 = 6.7981115.
  @Test func classesAreWeightedByTheirNumbers() throws {
    try withProblem { _, arguments in
      for (weights, expected) in [("1=2,2=0.5", 6.6733628), (" 1 = 2", 6.7981115)] {
        let output = try CommandRunner.run(arguments + ["--json", "--class-weights", weights])
        let report = try JSONDecoder().decode(Report.self, from: Data(output.out.utf8))
        #expect(abs(report.confidence - expected) < 1e-5)
        #expect(abs(report.localization - 3.280085668811) < 1e-5)
        #expect(report.positives == 3 && report.negatives == 9)
      }
      for (weights, message) in [
        ("3=2", "--class-weights: expected one of 1, 2, found 3"),
        ("1=1", "--class-weights has no effect: every weight is 1"),
        ("1=2,1=3", "--class-weights: expected each class once, found 1 twice"),
        (
          "1",
          "--class-weights: expected balanced, or class=weight with a finite weight of 0 or more,"
            + " found 1"
        ),
        ("1=-1", "found 1=-1"), ("1=1e39", "found 1=1e39"), ("1=nan", "found 1=nan"),
        ("1=2,", "0 or more, found "),
        (
          "balanced",
          "--class-weights: expected class=weight, found balanced, for which train counts the"
            + " objects of its training split"
        ),
      ] {
        let output = try CommandRunner.run(arguments + ["--class-weights", weights])
        #expect(output.status == 64 && output.out.isEmpty)
        #expect(output.err.contains(message), "\(output.err)")
      }
    }
  }

  @Test func parametersAreUsed() throws {
    try withProblem { _, arguments in
      func report(_ more: [String]) throws -> Report {
        let output = try CommandRunner.run(arguments + ["--json"] + more)
        return try JSONDecoder().decode(Report.self, from: Data(output.out.utf8))
      }
      let plain = try report([])
      let doubled = try report(["--alpha", "2"])
      #expect(abs(doubled.loss - plain.loss - plain.localization) < 1e-9)
      #expect(try report(["--negatives-per-positive", "1"]).negatives == 3)
      #expect(try report(["--minimum-negatives", "4"]).images[1].negatives == 4)
      #expect(try report(["--iou-threshold", "0.4"]).positives == 4)
      #expect(try report(["--beta", "0"]).localization > plain.localization)
      #expect(
        try report(["--center-variance", "1", "--size-variance", "1"]).localization
          < plain.localization)
      #expect(try report(["--threads", "2"]).loss == plain.loss)
    }
  }

  // What each part takes, and that it does something.
  @Test(
    arguments: [
      (["--matching", "threshold", "--iou-threshold", "0.3"], 4),
      (["--matching", "atss", "--candidates-per-map", "2"], nil),
      (["--matching", "task-aligned", "--alignment-candidates", "1"], nil),
      (["--confidence-loss", "sigmoid", "--minimum-negatives", "5"], 3),
      (["--label-smoothing", "0.1"], 3),
      (["--confidence-loss", "sigmoid", "--label-smoothing", "0.1"], 3),
      (["--confidence-loss", "focal", "--focal-gamma", "1"], 3),
      (["--confidence-loss", "quality-focal", "--quality-beta", "1"], 3),
      (["--confidence-loss", "varifocal", "--focal-alpha", "0.5"], 3),
      (["--box-loss", "balanced-l1"], 3), (["--box-loss", "half-square"], 3),
      (["--box-loss", "siou"], 3), (["--box-loss", "log-iou"], 3),
    ] as [([String], Int?)])
  func everyPartHasItsOptions(options: [String], positives: Int?) throws {
    try withProblem { _, arguments in
      let output = try CommandRunner.run(arguments + ["--json"] + options)
      #expect(output.status == 0, "\(output.err)")
      let report = try JSONDecoder().decode(Report.self, from: Data(output.out.utf8))
      if let positives { #expect(report.positives == positives) }
      #expect(
        abs(report.loss - 9.198829291960) > 1e-3 || options[0] == "--matching", "\(report.loss)")
      if options.count > 2 {
        let without = try CommandRunner.run(arguments + ["--json"] + options.prefix(2))
        #expect(without.out != output.out, "\(options[2]) changed nothing")
      }
    }
  }

  @Test(arguments: [
    (["--focal-gamma", "1"], "--focal-gamma has no effect with --confidence-loss softmax"),
    (
      ["--confidence-loss", "focal", "--minimum-negatives", "3"],
      "--minimum-negatives has no effect with --confidence-loss focal"
    ),
    (
      ["--confidence-loss", "quality-focal", "--focal-alpha", "0.3"],
      "--focal-alpha has no effect with --confidence-loss quality-focal"
    ),
    (["--box-loss", "giou", "--beta", "1"], "--beta has no effect with --box-loss giou"),
    (
      ["--matching", "atss", "--iou-threshold", "0.4"],
      "--iou-threshold has no effect with --matching atss"
    ),
    (
      ["--candidates-per-map", "3"], "--candidates-per-map has no effect with --matching bipartite"
    ),
    (
      ["--confidence-loss", "hinge"],
      "--confidence-loss: expected one of softmax, sigmoid, focal, quality-focal, varifocal, found"
        + " hinge"
    ),
  ])
  func anOptionWithoutEffectIsAnError(options: [String], message: String) throws {
    try withProblem { _, arguments in
      for command in [
        arguments, ["train", "--data", "shapes", "--output", "/no/such/run"],
      ] {
        let output = try CommandRunner.run(command + options)
        #expect(output.status == 64)
        #expect(output.err.contains(message), "\(output.err)")
      }
    }
  }

  // Default box 7, [14, 14, 26, 26] / 40, lies in the crowd by all of its area: no background.
  @Test func crowdsAreNoObjectsAndNoBackground() throws {
    let crowd = """
      {"images": [{"boxes": [[0.025, 0.025, 0.25, 0.25], [0.3, 0.3, 0.7, 0.7]],
      "classes": [1, 2], "isCrowd": [false, true]}, {"boxes": [], "classes": []}]}
      """
    let option = ["--ignored-region-overlap", "0.9"]
    func run(_ targets: String?, _ more: [String]) throws -> CommandRunner.Output {
      try withProblem(targets: targets) { folder, arguments in
        try CommandRunner.run(
          arguments + ["--json", "--negatives-per-positive", "100"] + more)
      }
    }
    func report(_ more: [String]) throws -> Report {
      let output = try run(crowd, more)
      try #require(output.status == 0, "\(output.err)")
      return try JSONDecoder().decode(Report.self, from: Data(output.out.utf8))
    }
    let (plain, without) = try (report([]), report(option))
    #expect(plain.positives == without.positives && plain.positives > 0)
    #expect(plain.images[0].positives + plain.images[0].negatives == 8)
    #expect(without.images[0].negatives == plain.images[0].negatives - 1)
    let refused = try run(nil, option)
    #expect(refused.status == 64)
    #expect(refused.err.contains("--ignored-region-overlap has no effect: no isCrowd of "))
  }

  @Test func mistakesAreOneLineThatNamesTheFile() throws {
    func message(
      targets: String? = nil, logits: NamedArray? = nil, _ change: ([String]) -> [String] = { $0 }
    ) throws -> String {
      try withProblem(targets: targets, logits: logits) { folder, arguments in
        let output = try CommandRunner.run(change(arguments))
        #expect(output.status == 1)
        #expect(output.err.split(separator: "\n").count == 1)
        return output.err.replacingOccurrences(of: folder + "/", with: "")
      }
    }
    #expect(try message(targets: "{").hasPrefix("multibox: t.json: "))
    #expect(
      try message(targets: #"{"images": [{"boxes": []}]}"#)
        == "multibox: t.json: images[0].classes: missing (line 1, column 13)\n")
    #expect(
      try message(targets: #"{"images": [{"boxes": [], "classes": [], "difficult": []}]}"#)
        .hasPrefix(
          "multibox: t.json: images[0].difficult: no such key; known are boxes, classes, isCrowd"))
    #expect(
      try message(targets: #"{"images": [{"boxes": [], "classes": [], "isCrowd": [true]}]}"#)
        == "multibox: t.json: images[0].isCrowd: expected 0, as boxes, found 1\n")
    #expect(
      try withProblem { folder, arguments in
        let pixels = (1...8).flatMap { number -> [Float] in [Float(number * 10), 40, 10, 10] }
        try Safetensors(arrays: ["default_boxes": NamedArray(shape: [8, 4], floats: pixels)])
          .write(to: folder + "/d.safetensors")
        return try CommandRunner.run(arguments).err.replacing(folder + "/", with: "")
      }
        == "multibox: d.safetensors: default_boxes[0]: expected a centre in 0…1, in shares of the"
        + " image, found (10.0, 40.0) as in pixels\n")
    #expect(
      try message(targets: #"{"images": []}"#)
        == "multibox: t.json: images: expected 2, as logits, found 0\n")
    #expect(
      try message(
        targets:
          #"{"images": [{"boxes": [[0.5, 0, 0.25, 1]], "classes": [1]}, {"boxes": [], "classes": []}]}"#
      )
        == "multibox: t.json: image 0, box 0: [0.5, 0.0, 0.25, 1.0] (xMin, yMin, xMax, yMax) has no area\n"
    )
    #expect(
      try message(
        targets:
          #"{"images": [{"boxes": [[0, 0, 1, 1]], "classes": [3]}, {"boxes": [], "classes": []}]}"#
      ) == "multibox: t.json: image 0, box 0: class 3 is outside 1…2\n")
    #expect(
      try message(logits: NamedArray(shape: [2, 7, 3], floats: Array(repeating: 0, count: 42)))
        == "multibox: p.safetensors: offsets: expected shape [2, 7, 4], found [2, 8, 4]\n")
    #expect(
      try message { $0.map { $0.hasSuffix("d.safetensors") ? "ssd900" : $0 } }
        == "multibox: ssd900: no such file, and not one of ssd300-voc, ssd300-coco, ssd512-voc,"
        + " ssd512-coco, ssdlite320, ssdlite320-fine, ssd300-mobilenet\n")
    #expect(
      try message { $0.map { $0.hasSuffix("d.safetensors") ? "ssdlite320" : $0 } }
        == "multibox: p.safetensors: logits: expected 3234 default boxes (ssdlite320), found 8\n")
    #expect(
      try message { $0.map { $0.hasSuffix("p.safetensors") ? "none.safetensors" : $0 } }
        == "multibox: none.safetensors: no such file\n")
  }
}
