import Foundation
import TestSupport
import Testing

/// What bash offers with the script that the executable makes.
struct CompletionTests {
  /// A folder with a photo, notes, default boxes and a run.
  private func completions(_ words: [String]) throws -> Set<String> {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/runs/mine", withIntermediateDirectories: true)
      for file in [
        "photo.jpg", "PHOTO2.JPG", "notes.txt", "boxes.json", "runs/own.json", "runs/m.onnx",
      ] {
        try Data().write(to: URL(fileURLWithPath: folder + "/" + file))
      }
      let script = try CommandRunner.run(["--generate-completion-script", "bash"])
      let source = folder + "/.completion"
      try Data(script.out.utf8).write(to: URL(fileURLWithPath: source))
      // As readline calls it: the words, which of them, and the line with the cursor at its end.
      let program = """
        source "$1"; shift
        function=$(complete -p multibox | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
        "$function" multibox "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """
      let output = try CommandRunner.run(
        ["-c", program, "bash", source, CommandRunner.multibox] + words,
        executable: "/bin/bash", in: folder)
      #expect(output.status == 0 && output.err.isEmpty, "\(output.err)")
      return Set(output.out.split(separator: "\n").map(String.init))
    }
  }

  @Test(
    arguments: [
      (["tr"], ["train"]),
      (["train", "--sched"], ["--schedule"]),
      (["train", "--optimizer", ""], ["sgd", "adamw"]),
      (["train", "--model", "ssd300-v"], ["ssd300-vgg16"]),
      (["train", "--box-loss", "gi"], ["giou"]),
      (["train", "--matching", "a"], ["atss"]),
      (["train", "--data", ""], ["boxes.json", "runs"]),
      (["train", "--output", "r"], ["runs"]),
      (["train", "--default-boxes", "ssd300"], ["ssd300-voc", "ssd300-coco", "ssd300-mobilenet"]),
      (["train", "--default-boxes", "b"], ["boxes.json"]),
      (["train", "--default-boxes", "runs/"], ["runs/mine/", "runs/own.json"]),
      (["detect", "--run", "runs/m"], ["runs/mine"]),
      (["detect", "--run", "runs/mine", "ph"], ["photo.jpg"]),
      (["detect", "--description", "ultra"], ["ultraface"]),
      (["detect", "--model", "fa"], ["faces"]),
      (["train", "--pretrained", "im"], ["imagenet"]),
      (["dataset", "b"], ["boxes.json"]),
      (["export", "--format", "o"], ["onnx"]),
      (["export", "--format", "c"], ["coreml", "coreai"]),
      (["export", "--check", ""], ["boxes.json", "runs"]),
      (["export", "--check-format", "y"], ["yolo"]),
      (["dataset", "--convert", "v"], ["voc", "via"]),
      (["serve", "--run", "runs/m"], ["runs/mine"]),
      (["serve", "--model", "fa"], ["faces"]),
    ] as [([String], Set<String>)])
  func bashOffersFilesAndNames(words: [String], expected: Set<String>) throws {
    #expect(try completions(words) == expected)
  }

  @Test(arguments: [[], ["runs/mine"]])
  func imagesAreOfferedWhateverTheCaseOfTheirEnding(before: [String]) throws {
    let found = try completions(["detect", "--run", "runs/mine"] + before + [""])
    #expect(found.isSuperset(of: ["photo.jpg", "PHOTO2.JPG", "runs"]))
    #expect(found.isDisjoint(with: ["notes.txt", "boxes.json"]))
  }

  @Test(arguments: ["zsh", "fish"]) func otherShellsGetAScriptToo(shell: String) throws {
    let script = try CommandRunner.run(["--generate-completion-script", shell])
    #expect(script.status == 0)
    #expect(script.out.contains("ssd300-vgg16") && script.out.contains("default-boxes"))
  }
}
