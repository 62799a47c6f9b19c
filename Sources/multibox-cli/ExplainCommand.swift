import ArgumentParser
import CommandLineOptions

/// `multibox explain`: checked here, done by `multibox-torch`.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show what every default box of an image adds to the loss, and why.",
    discussion: """
      multibox explain --run RUN --image NAME --output page.html
      multibox explain --image FILE --annotation FILE.xml
      """)

  @OptionGroup var options: ExplainOptions

  func run() throws { try TorchExecutable.replaceProcess() }
}
