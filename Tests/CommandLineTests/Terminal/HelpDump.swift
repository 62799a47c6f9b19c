import Foundation

/// What the executable says of its own options.
struct HelpDump: Decodable {
  struct Command: Decodable {
    let commandName: String
    let subcommands: [Command]?
    let arguments: [Argument]?
  }

  struct Argument: Decodable {
    struct Name: Decodable { let name: String }
    let kind: String
    let isOptional: Bool
    let names: [Name]?
    let valueName: String?
    let sectionTitle: String?
    let abstract: String?
    let defaultValue: String?
    let allValues: [String]?
    let shouldDisplay: Bool

    var name: String { names?.last?.name ?? valueName ?? "" }
  }

  let command: Command

  static func read() throws -> HelpDump {
    let output = try CommandRunner.run(["--experimental-dump-help"])
    return try JSONDecoder().decode(HelpDump.self, from: Data(output.out.utf8))
  }

  /// The arguments of each subcommand but those that all have.
  static func arguments() throws -> [(command: String, argument: Argument)] {
    try (read().command.subcommands ?? []).filter { $0.commandName != "help" }.flatMap { command in
      (command.arguments ?? []).filter { !["help", "version"].contains($0.name) }
        .map { (command.commandName, $0) }
    }
  }
}
