import ArgumentParser

/// What an executable serves with: `multibox` becomes `multibox-serve`, which has a server.
public protocol ServingEngine {
  /// Serves as the options say, until a signal asks for an end.
  static func serve(_ options: ServeOptions) throws
}

/// `multibox serve`.
public struct ServeCommand<Engine: ServingEngine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "serve", abstract: "Answer requests of HTTP with the objects in their images.",
      discussion: """
        multibox serve --run runs/mine
        multibox serve --model cells=detector.onnx --model faces
        multibox serve --model detector.onnx --host 0.0.0.0 --tokens tokens.txt
        curl -F image=@photo.jpg http://127.0.0.1:8080/v1/detect

        The page at / tries it, /openapi.json describes all paths, /metrics has figures for \
        Prometheus. SIGTERM and Ctrl-C end it when the images that have come are looked at.
        """)
  }

  @OptionGroup var options: ServeOptions

  public init() {}

  public func run() throws { try Engine.serve(options) }
}
