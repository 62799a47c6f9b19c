import Foundation
import TestSupport
import Testing

/// What shells offer with the scripts that the executable makes.
struct CompletionTests {
  /// Makes a folder with a photo, notes, default boxes and a run.
  ///
  /// - Parameters:
  ///   - shell: whose script is made.
  ///   - name: of the script, in the folder.
  ///   - body: takes the folder and the script's path.
  private func withScript<Result>(
    of shell: String, named name: String,
    _ body: (_ folder: String, _ script: String) throws -> Result
  ) throws -> Result {
    try withFolder { folder in
      let script = folder + "/" + name
      for inner in [folder + "/runs/mine", (script as NSString).deletingLastPathComponent] {
        try FileManager.default.createDirectory(
          atPath: inner, withIntermediateDirectories: true)
      }
      for file in [
        "photo.jpg", "PHOTO2.JPG", "notes.txt", "boxes.json", "runs/own.json", "runs/m.onnx",
      ] {
        try Data().write(to: URL(fileURLWithPath: folder + "/" + file))
      }
      let made = try CommandRunner.run(["--generate-completion-script", shell])
      #expect(made.status == 0)
      try Data(made.out.utf8).write(to: URL(fileURLWithPath: script))
      return try body(folder, script)
    }
  }

  private func completions(_ words: [String]) throws -> Set<String> {
    try withScript(of: "bash", named: ".completion") { folder, source in
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

  // MARK: Other shells

  /// The path of a shell; nil where it is not installed.
  private static func path(of shell: String) -> String? {
    ["/bin/", "/usr/bin/", "/usr/local/bin/"].map { $0 + shell }
      .first(where: FileManager.default.isExecutableFile(atPath:))
  }

  /// Runs a shell that finds this `multibox`, for minutes at most: it may wait for a key.
  private func output(
    _ shell: String, _ arguments: [String], in folder: String,
    environment: [String: String] = [:]
  ) throws -> [String] {
    let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let output = CommandRunner.finish(
      try CommandRunner.start(
        "/usr/bin/env", ["timeout", "600", try #require(Self.path(of: shell))] + arguments,
        in: folder,
        environment: [
          "PATH": "\(CommandRunner.products):\(search)", "HOME": folder + "/.home",
          "LC_ALL": "C.UTF-8",
        ].merging(environment) { $1 }))
    #expect(output.status == 0 && output.err.isEmpty, "\(output.err)")
    return output.out.split(separator: "\n").map(String.init)
  }

  // A zsh in a terminal of its own, with the script where the package installs it. What is typed is
  // read back when a key behind Tab prints it, so nothing waits for a time.
  @Test(.enabled(if: CompletionTests.path(of: "zsh") != nil, "needs zsh"))
  func zshCompletesFilesAndNames() throws {
    let program = """
      zmodload zsh/zpty
      export ZDOTDIR=$PWD/.home
      mkdir $ZDOTDIR
      cat >$ZDOTDIR/.zshrc <<END
      fpath=(${(q)PWD}/.functions \\$fpath)
      autoload -Uz compinit && compinit -u -D
      setopt nobeep
      PS1=READY
      tell() { print -r -- "<<\\$BUFFER>>"; BUFFER= }
      zle -N tell
      bindkey '^X' tell
      END
      zpty shell zsh -d -i
      zpty -r shell found '*READY'
      for line in "$@"; do
        zpty -w -n shell "$line"$'\\t\\C-X'
        zpty -r shell found '*<<*>>'
        print -r -- "${${found##*<<}%>>*}|"
      done
      zpty -d shell
      """
    let lines = [
      ("tr", "train "), ("detect --mod", "detect --model "), ("train --sched", "train --schedule "),
      ("detect --run x ph", "detect --run x photo.jpg "),
      ("detect --run x photo.jpg PH", "detect --run x photo.jpg PHOTO2.JPG "),
      ("detect --run runs/m", "detect --run runs/mine/"),
      ("detect --model fa", "detect --model faces "),
      ("train --default-boxes b", "train --default-boxes boxes.json "),
      ("train --data b", "train --data boxes.json "),
      ("train --optimizer ad", "train --optimizer adamw "),
      // Of several nothing is chosen.
      ("detect --run x ", "detect --run x "),
    ]
    try withScript(of: "zsh", named: ".functions/_multibox") { folder, _ in
      let found = try output(
        "zsh", ["-f", "-c", program, "zsh"] + lines.map { "multibox \($0.0)" }, in: folder)
      #expect(found == lines.map { "multibox \($0.1)|" })
    }
  }

  // As fish asks itself. What it asks the executable for, as of `--model`, it can only ask in a
  // terminal.
  @Test(.enabled(if: CompletionTests.path(of: "fish") != nil, "needs fish"))
  func fishOffersFilesAndNames() throws {
    let lines: [(String, Set<String>)] = [
      ("tr", ["train"]), ("detect --mod", ["--model"]), ("train --sched", ["--schedule"]),
      ("detect --run x ", ["photo.jpg", "PHOTO2.JPG", "runs/"]),
      ("detect --run x photo.jpg PH", ["PHOTO2.JPG"]),
      ("detect --run runs/m", ["runs/mine/"]),
      ("train --data ", ["boxes.json", "runs/"]),
      ("train --optimizer ", ["sgd", "adamw"]),
      ("export --format c", ["coreml", "coreai"]),
    ]
    let program = "for line in $argv; complete -C $line | string split -f 1 \\t; echo '|'; end"
    try withScript(of: "fish", named: ".data/fish/vendor_completions.d/multibox.fish") {
      folder, _ in
      let found = try output(
        "fish", ["-c", program] + lines.map { "multibox \($0.0)" }, in: folder,
        environment: ["XDG_DATA_DIRS": "\(folder)/.data:/usr/local/share:/usr/share"])
      let groups = found.split(separator: "|", omittingEmptySubsequences: false).dropLast()
      #expect(groups.map { Set($0) } == lines.map(\.1))
    }
  }
}
