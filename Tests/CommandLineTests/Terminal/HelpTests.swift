import Datasets
import Foundation
import Runs
import Testing

struct HelpTests {
  @Test func everyOptionSaysWhatItTakesAndItsDefault() throws {
    let kinds: Set = [
      "data", "split", "name", "seed", "folder", "file", "count", "pixels", "preset|file",
      "name|file", "names", "split|shares", "rate", "share", "number", "score", "IoU", "image",
      "time", "imagenet|file", "file|faces", "probability", "list", "width>x<height", "size",
      "address", "port", "seconds", "[name=]folder", "[name=]file|faces", "[name=]name|file",
    ]
    let arguments = try HelpDump.arguments()
    #expect(arguments.count > 100)
    for (command, argument) in arguments {
      let place = "\(command) --\(argument.name)"
      let text = argument.abstract ?? ""
      #expect(text.count > 10 && text.hasSuffix("."), "\(place)")
      guard argument.kind != "positional" else { continue }
      if argument.kind == "option" {
        #expect(kinds.contains(argument.valueName ?? ""), "\(place) <\(argument.valueName ?? "")>")
      }
      let saysDefault =
        argument.defaultValue != nil
        || ["Default:", "default:", "Needed;"].contains { text.contains($0) }
      #expect(saysDefault || !argument.isOptional, "\(place): \(text)")
    }
  }

  /// What an option lists is what it takes.
  @Test(arguments: [("dataset", "convert"), ("detect", "save-labels")])
  func onlyFormatsThatAreWrittenAreOffered(command: String, option: String) throws {
    let argument = try HelpDump.arguments().first {
      $0.command == command && $0.argument.name == option
    }
    #expect(argument?.argument.allValues == DatasetFormat.written.map(\.name))
  }

  @Test func rulesThatLookAtPredictionsAreNotOfferedBeforeATraining() throws {
    func names(_ command: String) throws -> [String] {
      try HelpDump.arguments().filter { $0.command == command && $0.argument.shouldDisplay }
        .map(\.argument.name).filter { $0.hasPrefix("alignment-") }
    }
    #expect(try names("default-boxes") == [])
    #expect(
      try names("loss") == ["alignment-alpha", "alignment-beta", "alignment-candidates"])
    let help = try CommandRunner.run(["default-boxes", "--help"]).out
    #expect(!help.contains("task-aligned") && !help.contains("nvidia"))
  }

  /// By hand: of ten networks two are without norms, and TensorFlow's three have sigmoids.
  @Test(arguments: [
    (
      "learning-rate",
      "Default: of sgd 0.0025 × n; 3.125e-05 × n for ssd300-vgg16, ssd512-vgg16; of adamw"
        + " 0.0005 × √n; 6.25e-06 × √n for ssd300-vgg16, ssd512-vgg16."
    ),
    (
      "optimizer",
      "Default: sgd; adamw for ssd-compact."
    ),
    (
      "confidence-loss",
      "Default: softmax; sigmoid for ssd300-mobilenet-v1, ssd300-mobilenet-v1-0.75,"
        + " ssd300-mobilenet-v1-0.5."
    ),
  ])
  func defaultsThatNetworksHaveAreThoseOfEach(name: String, end: String) throws {
    let option = try HelpDump.arguments().first {
      $0.command == "train" && $0.argument.name == name
    }
    let text = try #require(option?.argument.abstract)
    #expect(text.hasSuffix(end), "\(text)")
  }

  @Test func trainingIsInGroupsWithWhatIsNeededDailyFirst() throws {
    let ofTrain = try HelpDump.arguments().filter { $0.command == "train" }.map(\.argument)
    var titles: [String?] = []
    for argument in ofTrain where !titles.contains(argument.sectionTitle) {
      titles.append(argument.sectionTitle)
    }
    #expect(
      titles == [
        "Data", "Run", "Network", "Training length and rate", "Augmentation", "Machine",
        "Loss research", "Loss research: assignment", "Loss research: confidence",
        "Loss research: localization",
      ])
    let help = try CommandRunner.run(["train", "--help"]).out
    let data = try #require(help.range(of: "\nDATA:\n"))
    let research = try #require(help.range(of: "\nLOSS RESEARCH:\n"))
    #expect(data.lowerBound < research.lowerBound)
  }

  @Test func defaultsAreThoseOfTheConfiguration() throws {
    let ofTrain = try HelpDump.arguments().filter { $0.command == "train" }.map(\.argument)
    let usual = TrainingConfiguration.Optimization()
    for (name, value) in [
      ("momentum", "\(usual.momentum)"),
      ("average-decay", "\(usual.averageDecay)"), ("seed", "\(usual.seed)"),
      ("validate-every", "\(TrainingConfiguration.Execution().validationInterval)"),
    ] {
      #expect(ofTrain.first { $0.name == name }?.defaultValue == value, "--\(name)")
    }
    // Not given is not the same as its default: --time, and --resume, ask.
    #expect(
      ofTrain.first { $0.name == "epochs" }?.abstract?.hasSuffix(
        "Default: \(usual.epochs), or 30 with --pretrained; more with few images.") == true)
    #expect(
      ofTrain.first { $0.name == "batch-size" }?.abstract?.hasSuffix(
        "Default: 4 with fewer than 1000 images, else \(usual.batchSize).") == true)
    #expect(
      ofTrain.first { $0.name == "weight-decay" }?.abstract?.hasSuffix(
        "Default: 0.05 of adamw, 0.0005 of sgd.") == true)
    let milestones = LearningRateSchedule.usualMilestones.map { "\($0)" }.joined(separator: ", ")
    #expect(
      ofTrain.first { $0.name == "milestones" }?.abstract?.hasSuffix("Default: \(milestones).")
        == true)
  }
}
