import ArgumentParser
import Detectors
import Files
import ImageFiles
import Serving

/// `multibox serve`.
public struct ServeOptions: ParsableArguments {
  @OptionGroup(title: "Detectors") public var detectors: Detectors
  @Option(
    help: ArgumentHelp(
      "Lowest score that a client can ask for, itself included. Default: the detector's.",
      valueName: "score"))
  public var threshold: Double?

  @OptionGroup(title: "Large images") public var tiles: TileOptions
  @OptionGroup(title: "Address") public var address: Address
  @OptionGroup(title: "Limits") public var limits: Limits
  @OptionGroup(title: "Machine") public var machine: Machine

  public init() {}

  public func validate() throws {
    try require((0...1).contains(threshold ?? 0), "--threshold", "0…1", threshold ?? 0)
  }

  /// Which detectors are served, each by its name.
  public struct Detectors: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Folder of a run, whose detector is served; again for several. The name before it stands in"
          + " addresses and figures, else that of the folder. Default: none.",
        valueName: "[name=]folder"),
      completion: .directory)
    public var run: [String] = []
    @Option(
      help: ArgumentHelp(
        "Model file that is served, or a word, as detect takes it; again for several. The name"
          + " before it stands in addresses and figures, else that of the file without its ending."
          + " Default: none.", valueName: "[name=]file|faces"),
      completion: .names(ModelOptions.words, orFiles: CompletionKind.modelExtensions))
    public var model: [String] = []
    @Option(
      help: ArgumentHelp(
        "Description of what --model takes and gives, as detect takes it; of several, the name of"
          + " one before it. Default: what the model itself says.",
        valueName: "[name=]name|file"),
      completion: .names(ModelOptions.known, orFiles: ["json"]))
    public var description: [String] = []

    public init() {}

    public func validate() throws {
      if run.isEmpty, model.isEmpty { throw ValidationError("Give --run or --model") }
      let all = try named()
      for (index, detector) in all.enumerated()
      where all.prefix(index).contains(where: { $0.name == detector.name }) {
        throw ValidationError(
          "Two detectors have the name \(detector.name): give one another, as"
            + " \(detector.name)-2=\(detector.options.run ?? detector.options.model ?? "")")
      }
    }

    /// The detectors, those of runs first.
    ///
    /// - Returns: for each its name (the one that was chosen, or that of its file or folder, of
    ///   which a hyphen takes the place of other signs) and the options that `detect` would have.
    /// - Throws: `ValidationError` where nothing stands behind a name, or a description belongs to
    ///   no model, or to one that has its own.
    public func named() throws -> [(name: String, options: ModelOptions)] {
      let runs = try run.map { try ServedPath($0, "--run", "a folder") }
      let models = try model.map { try ServedPath($0, "--model", "a file or a word") }
      var descriptions: [String: String] = [:]
      for text in description {
        var (name, value) = ServedPath.halves(text)
        try ServedPath.requireSome(value, "--description", "a name or a file", text)
        if name == nil, models.count == 1 { name = models[0].name }
        guard let name, models.contains(where: { $0.name == name }) else {
          throw ValidationError(
            "--description \(text): expected "
              + (models.isEmpty
                ? "--model with it"
                : "the name of one before it: "
                  + models.map { "\($0.name)=\(value)" }.joined(separator: " or ")))
        }
        guard descriptions.updateValue(value, forKey: name) == nil else {
          throw ValidationError("--description is given twice for \(name)")
        }
      }
      return try runs.map { ($0.name, ModelOptions(run: $0.path)) }
        + models.map { model in
          let options = ModelOptions(model: model.path, description: descriptions[model.name])
          try options.validate()
          return (model.name, options)
        }
    }
  }

  /// A path with the name before it, as `name=path`.
  private struct ServedPath {
    let name: String
    let path: String

    /// - Throws: `ValidationError` naming the option, where the path is empty.
    init(_ text: String, _ option: String, _ expected: String) throws {
      let (name, path) = Self.halves(text)
      try Self.requireSome(path, option, expected, text)
      self.path = path
      self.name = name ?? Self.name(of: path)
    }

    /// - Throws: `ValidationError` naming the option, where a value is empty.
    static func requireSome(
      _ value: String, _ option: String, _ expected: String, _ text: String
    ) throws {
      try require(!value.isEmpty, option, "\(expected) behind the equals sign", text)
    }

    /// Cuts where a name stands before an equals sign; a path that begins like that has `./` before
    /// it.
    static func halves(_ text: String) -> (name: String?, rest: String) {
      let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2, ServedModel.isName(String(halves[0])) else { return (nil, text) }
      return (String(halves[0]), String(halves[1]))
    }

    private static func name(of path: String) -> String {
      let plain = path.lastPart.withoutExtension.unicodeScalars.prefix(64).map { scalar in
        ServedModel.isName(String(scalar)) ? Character(scalar) : "-"
      }
      return plain.isEmpty ? "detector" : String(plain)
    }
  }

  /// Where it listens, and who may ask.
  public struct Address: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Address to listen at; 0.0.0.0 for all of the machine's, which others reach.",
        valueName: "address"))
    public var host = "127.0.0.1"
    @Option(help: ArgumentHelp("Port to listen at; 0 for a free one.", valueName: "port"))
    public var port = 8080
    @Option(
      help: ArgumentHelp(
        "Only clients who send one of the tokens in this text file, one a line. Default: all.",
        valueName: "file"),
      completion: .file())
    public var tokens: String?
    @Option(
      help: ArgumentHelp(
        "Certificate chain (PEM) to speak TLS with; needs --key. Default: no TLS.",
        valueName: "file"),
      completion: .file(extensions: ["pem", "crt"]))
    public var certificate: String?
    @Option(
      help: ArgumentHelp("Private key (PEM) of --certificate. Default: none.", valueName: "file"),
      completion: .file(extensions: ["pem", "key"]))
    public var key: String?

    public init() {}

    public func validate() throws {
      try require(port, "--port", in: 0...65535)
      if (certificate == nil) != (key == nil) {
        throw ValidationError("--certificate and --key go together")
      }
    }
  }

  /// What a client may ask for.
  public struct Limits: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Largest body of a request, as 500kB or 50MB, 1GB at most. Default: 20MB.",
        valueName: "size"))
    public var maxBody: String?
    @Option(
      help: ArgumentHelp(
        "Refuse images of more pixels, by their header.", valueName: "count"))
    public var maxPixels = ServerLimits().pixels
    @Option(
      help: ArgumentHelp(
        "Images that may wait for a detector; those that come then are refused with status 429.",
        valueName: "count"))
    public var queue = ServerLimits().waiting
    @Option(
      help: ArgumentHelp("How long an image may wait.", valueName: "seconds"))
    public var deadline = 10.0
    @Option(
      help: ArgumentHelp(
        "How long a request's body may take to come, and an answer to go.", valueName: "seconds"))
    public var bodyTimeout = 30.0
    @Option(
      help: ArgumentHelp("Connections at the same time; others wait.", valueName: "count"))
    public var connections = 64

    public init() {}

    /// The bytes of ``maxBody``.
    public var bodyBytes: Int {
      maxBody.flatMap(ByteCount.init)?.count ?? ServerLimits().bodyBytes
    }

    private static let largestBody = 1_000_000_000

    public func validate() throws {
      if let maxBody {
        try require(ByteCount(maxBody) != nil, "--max-body", ByteCount.forms, maxBody)
        try require(bodyBytes <= Self.largestBody, "--max-body", "1GB at most", maxBody)
      }
      try require(maxPixels, "--max-pixels", in: ImageFile.allowedMaximumPixels)
      try require(queue, "--queue", in: 1...65536)
      try require(connections, "--connections", in: 1...65536)
      for (name, seconds) in [("--deadline", deadline), ("--body-timeout", bodyTimeout)] {
        try require((0.001...86400).contains(seconds), name, "0.001…86400", seconds)
      }
    }
  }

  /// What is computed with.
  public struct Machine: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Number format of convolutions: bfloat16 is less exact, and faster where the processor has"
          + " it.", valueName: "name"))
    public var precision: Precision = .float32
    @Option(
      help: ArgumentHelp(
        "Threads to compute with. Default: all cores that it may use.", valueName: "count"))
    public var threads: Int?
    @Flag(
      inversion: .prefixedNo,
      help: ArgumentHelp(
        "Several images at once, which gives more images a second, each of them later."
          + " Default: --throughput."))
    public var throughput: Bool?

    public init() {}

    public func validate() throws {
      try requireThreads(threads)
      try requirePrecision(precision, on: nil)
    }
  }
}
