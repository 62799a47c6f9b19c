import ArgumentParser
import Commands
import Detectors
import Files
import Foundation

#if OPENVINO
  import OpenVINODetector
#endif

/// `multibox describe`: what a model is, and a description to run it with.
struct DescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Show what a model takes and gives, and propose a description of it.",
    discussion: """
      A model of export or a training carries its description. For others one is proposed: from \
      shapes, and from what comes out for a grey image. What a model cannot tell (class names, \
      colour order, normalization, default boxes) is listed, to be put right by hand. The keys are \
      explained in docs/detector-description.md.
      """)

  @Argument(
    help: "Model file that OpenVINO reads (ONNX, TFLite, OpenVINO's own).", completion: .model)
  var model: String
  @Option(
    help: ArgumentHelp(
      "Write the description (JSON) here; detect --description takes it. Default: none.",
      valueName: "file"),
    completion: .file(extensions: ["json"]))
  var output: String?
  @Option(
    help: ArgumentHelp(
      "Width and height of the input, as 640x480, of a model that leaves them free. Default: none.",
      valueName: "width>x<height"))
  var size: String?
  @Flag(help: "Print the description alone, as JSON. Default: with words about it.")
  var json = false

  func validate() throws { _ = try parsedSize() }

  private func parsedSize() throws -> (width: Int, height: Int)? {
    guard let size else { return nil }
    let sides = size.lowercased().split(separator: "x").map { Int($0) ?? 0 }
    guard sides.count == 2, sides.allSatisfy((1...16384).contains) else {
      throw ValidationError(
        "--size: expected width and height of 1…16384, as 640x480, found \(size)")
    }
    return (sides[0], sides[1])
  }

  func run() throws {
    #if OPENVINO
      if let output {
        try OutputPath.check(output, isNoneOf: [model])
        try OutputPath.check(output, isNewOr: "a description") { DetectorDescription.isOne($0) }
      }
      let inspection = try ModelInspection(model: model, size: parsedSize())
      let text = try inspection.description?.json(isForPeople: true)
      if let output {
        guard let text else {
          throw FileError(path: model, reason: inspection.remarks.joined(separator: "; "))
        }
        try AtomicFile.write(Data((text + "\n").utf8), to: output)
      }
      try StandardOutput.write(
        json ? text ?? "null" : lines(inspection, text).joined(separator: "\n"))
      NextStep.tell(wrote: output.map { [$0] } ?? [], next: next(inspection))
    #else
      throw ValidationError("describe: this multibox was built without OpenVINO")
    #endif
  }

  #if OPENVINO
    /// What the model finds, where its description is at hand; nothing where none can be proposed.
    private func next(_ inspection: ModelInspection) -> [String]? {
      let known = inspection.known.first?.rawValue
      guard let description = output ?? known else {
        if inspection.description == nil { return nil }
        return inspection.carriesDescription
          ? detection([]) : NextStep.sameCommand(adding: ["--output", "description.json"])
      }
      return detection(["--description", description])
    }

    private func detection(_ options: [String]) -> [String] {
      ["multibox", "detect", "--model", model] + options + ["photo.jpg", "--output", "found"]
    }

    private func lines(_ inspection: ModelInspection, _ text: String?) -> [String] {
      var lines = [inspection.path]
      lines += inspection.inputs.map { "  input  \($0)" }
      lines += inspection.outputs.map { "  output \($0)" }
      if inspection.carriesDescription {
        lines.append("It carries this description, and needs no other:")
      } else if let known = inspection.known.first {
        lines.append("It fits a known description, --description \(known.rawValue):")
      } else if text != nil {
        lines.append("A description to start from:")
      }
      lines = lines.map(\.shown) + (text.map { [$0] } ?? [])
      if !inspection.remarks.isEmpty {
        lines.append(text == nil ? "No description can be proposed:" : "To check:")
        lines += inspection.remarks.map { "  \($0.shown)" }
      }
      return lines
    }
  #endif
}
