import Foundation
import ImageFiles
import TestSupport
import Testing

@testable import Commands

struct NextStepTests {
  @Test func pathsAreQuotedAsAShellReadsThem() {
    let lines = NextStep.lines(
      wrote: ["a b.html", "c.json"],
      next: ["multibox", "detect", "my photos/*.jpg", "it's", "", "runs/mine"])
    #expect(
      lines == [
        "wrote a b.html, c.json",
        #"next: multibox detect 'my photos/*.jpg' 'it'\''s' '' runs/mine"#,
      ])
    #expect(NextStep.lines(wrote: [], next: nil).isEmpty)
  }

  // As a terminal shows it, `\u000A` was another name.
  @Test func aNameWithControlCharactersIsQuotedSoThatAShellReadsIt() throws {
    let names = ["a\nb", "t\tab 'x'", "\u{1B}[31m\\7", "e\u{202E}1", "é\r"]
    let line = NextStep.commandLine(names)
    #expect(
      line == #"$'a\012b' $'t\011ab \'x\'' $'\033[31m\\7' $'e\342\200\2561' $'é\015'"#)
    guard FileManager.default.isExecutableFile(atPath: "/bin/bash") else { return }
    let output = try CommandRunner.run(
      ["-c", "printf '%s|' \(line)"], executable: "/bin/bash")
    #expect(output.out == names.map { $0 + "|" }.joined())
  }

  /// The last command that standard error names.
  private func next(_ output: CommandRunner.Output) -> String? {
    let line = output.err.split(separator: "\n").last { $0.hasPrefix("next: ") }
    return line.map { String($0.dropFirst(6)) }
  }

  /// Runs a command line as a person would paste it.
  private func paste(_ line: String, in folder: String) throws -> CommandRunner.Output {
    try CommandRunner.run(
      ["-c", "PATH=\"\(CommandRunner.products):$PATH\"; \(line)"], executable: "/bin/sh",
      in: folder)
  }

  @Test func fromATrainingEachCommandLeadsToTheNextUpToAPage() throws {
    try withFolder { folder in
      let training = try paste(
        "multibox train --data shapes:images=8,side=64,seed=2 --output 'my run' --image-size 64"
          + " --epochs 1 --max-iterations 2 --batch-size 4 --augmentation none", in: folder)
      try #require(training.status == 0, "\(training.err)")
      #expect(training.out == "my run/weights.safetensors\n")
      #expect(
        training.err.contains(
          "wrote my run: weights.safetensors, detector.onnx, metrics.jsonl, report.html\n"),
        "\(training.err)")
      let evaluate = try #require(next(training))
      #expect(evaluate == "multibox evaluate --run 'my run'")
      let evaluation = try paste(evaluate, in: folder)
      #expect(evaluation.status == 0, "\(evaluation.err)")
      let explain = try #require(next(evaluation))
      #expect(
        explain
          == "multibox explain --run 'my run' --split test --image test-2-0 --output page.html")
      let explanation = try paste(explain, in: folder)
      #expect(explanation.status == 0, "\(explanation.err)")
      #expect(explanation.err.contains("wrote page.html\n"))
      #expect(next(explanation)?.hasSuffix("open page.html") == true)

      // What LibTorch cannot choose.
      try FileManager.default.removeItem(atPath: folder + "/my run/detector.onnx")
      try PNGFile.write(
        RGBImage(width: 64, height: 64, pixels: [UInt8](repeating: 9, count: 64 * 64 * 3)),
        to: folder + "/photo.png")
      for flag in ["--throughput", "--no-throughput"] {
        let refused = try paste("multibox detect --run 'my run' photo.png \(flag)", in: folder)
        #expect(refused.status == 64)
        #expect(refused.err.contains("\(flag) has no effect: LibTorch detects"), "\(refused.err)")
      }
      let detection = try paste("multibox detect --run 'my run' photo.png", in: folder)
      #expect(
        next(detection) == "multibox detect --run 'my run' photo.png --output found",
        "\(detection.err)")
      let drawn = try paste(next(detection) ?? "", in: folder)
      #expect(drawn.err.contains("wrote 1 picture in found\n"), "\(drawn.err)")
      #expect(next(drawn) == "multibox evaluate --run 'my run'")
    }
  }

  @Test func whatIsWrittenOfADatasetIsTrainedWith() throws {
    try withFolder { folder in
      let data = "shapes:images=8,side=64,seed=3"
      let counted = try paste("multibox dataset \(data)", in: folder)
      #expect(next(counted) == "multibox default-boxes \(data)")
      let measured = try paste(next(counted) ?? "", in: folder)
      #expect(next(measured) == "multibox default-boxes \(data) --output boxes.json")
      let suggested = try paste(next(measured) ?? "", in: folder)
      #expect(suggested.err.contains("wrote boxes.json\n"), "\(suggested.err)")
      #expect(next(suggested) == "multibox train --data \(data) --default-boxes boxes.json")
      let own = try paste(
        "multibox default-boxes \(data) --default-boxes ssd300-voc --output b.json", in: folder)
      #expect(
        next(own) == "multibox train --data \(data) --model ssd300-vgg16 --default-boxes b.json")
      let converted = try paste(
        "multibox dataset \(data) --convert coco --output shapes --json", in: folder)
      #expect(converted.err.hasSuffix("wrote shapes\nnext: multibox train --data shapes\n"))
      #expect(try JSONSerialization.jsonObject(with: Data(converted.out.utf8)) is [Any])
      let exported = try paste(
        "multibox dataset \(data) --split val --export pictures", in: folder)
      #expect(
        next(exported) == "multibox evaluate --run run --data pictures --split val")
    }
  }

  @Test(arguments: ["dataset", "default-boxes"])
  func aResultThatDoesNotArriveIsAnError(command: String) throws {
    let output = try paste("multibox \(command) shapes:images=8,side=64 > /dev/full", in: "/")
    #expect(output.status == 1)
    #expect(
      output.err.contains("multibox: standard output: cannot be written"), "\(output.err)")
    #expect(next(output) == nil)
  }
}
