import Foundation
import TestSupport
import Testing

struct ManualPageTests {
  private static let groff = "/usr/bin/groff"
  static let hasGroff = FileManager.default.isExecutableFile(atPath: groff)

  @Test(.enabled(if: ManualPageTests.hasGroff, "needs groff"))
  func everySubcommandHasAPageThatGroffReadsWithoutWarning() throws {
    try withFolder { folder in
      let made = try CommandRunner.run(
        [CommandRunner.multibox, folder], executable: ThisPackage.root + "/Scripts/man")
      try #require(made.status == 0, "\(made.err)")
      let names = try HelpDump.read().command.subcommands?.map(\.commandName) ?? []
      let pages = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(
        Set(pages)
          == Set(names.filter { $0 != "help" }.map { "multibox-\($0).1" } + ["multibox.1"]))
      for page in pages {
        let output = try CommandRunner.run(
          ["-man", "-Tutf8", "-k", "-ww", "-P", "-cbou", folder + "/" + page],
          executable: Self.groff)
        #expect(output.status == 0 && output.err.isEmpty, "\(page): \(output.err)")
        #expect(output.out.contains("SYNOPSIS"))
      }
    }
  }

  @Test(.enabled(if: ManualPageTests.hasGroff, "needs groff"))
  func aPageHasEveryOptionOfTheHelp() throws {
    try withFolder { folder in
      _ = try CommandRunner.run(
        [CommandRunner.multibox, folder], executable: ThisPackage.root + "/Scripts/man")
      let page = try CommandRunner.run(
        ["-man", "-Tascii", "-k", "-P", "-cbou", folder + "/multibox-train.1"],
        executable: Self.groff
      ).out.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      let options = try HelpDump.arguments().filter { $0.command == "train" }.map(\.argument.name)
      #expect(options.count > 40)
      for option in options { #expect(page.contains("--\(option)"), "--\(option)") }
      #expect(page.contains("LOSS RESEARCH: ASSIGNMENT"))
      #expect(page.contains("Seed of weights, order and augmentation"))
    }
  }
}
