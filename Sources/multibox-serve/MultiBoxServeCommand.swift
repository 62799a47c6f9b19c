import ArgumentParser
import Commands

/// The subcommand that serves; `multibox` starts this executable for it.
@main
struct MultiBoxServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "multibox",
    abstract: "The subcommand of multibox that needs Hummingbird.", version: ProgramVersion.text,
    subcommands: [ServeCommand<HummingbirdEngine>.self])

  static func main() { CommandShell.main(Self.self) }
}
