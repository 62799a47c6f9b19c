import ArgumentParser
import Foundation

/// An option of one value that is given twice: argument-parser takes the last one in silence.
enum RepeatedOption {
  private struct Dump: Decodable {
    struct Command: Decodable {
      let commandName: String
      let subcommands: [Command]?
      let arguments: [Argument]?
    }

    struct Argument: Decodable {
      struct Name: Decodable { let name: String }
      let kind: String
      let isRepeating: Bool
      let names: [Name]?
    }

    let command: Command
  }

  /// - Parameter arguments: of the process, without its name.
  /// - Throws: a usage error that names the option and both values.
  static func check(_ arguments: some Sequence<String>, of root: any ParsableCommand.Type) throws {
    var words = Array(arguments.prefix { $0 != "--" })[...]
    let given = words.filter { $0.hasPrefix("--") }.map(name(of:))
    // What options there are is asked only then: that takes as long as all the rest.
    guard Set(given).count < given.count, let command = words.popFirst() else { return }
    let singles = try singles(of: command, root)
    var values: [String: String] = [:]
    while let word = words.popFirst() {
      let option = name(of: word)
      guard singles.contains(option) else { continue }
      let value =
        word == option ? words.popFirst() ?? "" : String(word.dropFirst(option.count + 1))
      guard let first = values.updateValue(value, forKey: option) else { continue }
      throw ValidationError("\(option): expected one value, found two: \(first) and \(value)")
    }
  }

  /// The names of a subcommand's options that take one value, once.
  private static func singles(
    of command: String, _ root: any ParsableCommand.Type
  ) throws -> Set<String> {
    let dump = try JSONDecoder().decode(Dump.self, from: Data(root._dumpHelp().utf8))
    let all = dump.command.subcommands?.first { $0.commandName == command }?.arguments ?? []
    return Set(
      all.filter { $0.kind == "option" && !$0.isRepeating }
        .flatMap { $0.names ?? [] }.map { "--\($0.name)" })
  }

  /// What stands before a sign of equality.
  private static func name(of word: String) -> String { String(word.prefix { $0 != "=" }) }
}
