import Detectors

extension TrainingConfiguration {
  /// The ranges of the numbers of a training: far beyond what anybody trains, and far from where
  /// their products overflow.
  public enum Limits {
    /// Passes over the images.
    public static let epochs = 1...1_000_000
    /// N, images that the network sees at once.
    public static let batchSize = 1...65_536
    /// Batches of a step.
    public static let accumulation = 1...65_536
    /// Iterations after which a run ends early.
    public static let iterations = 1...1_000_000_000_000
    /// The highest learning rate.
    public static let learningRate = 1_000_000.0
    /// Iterations over which the learning rate rises.
    public static let warmUpIterations = 0...Int(Int32.max)
    /// Threads of the network, and those that read and augment.
    public static let threads = 1...4096
    /// Epochs between validations.
    public static let validationInterval = 0...1_000_000
    /// Measurements without a higher AP after which a run ends.
    public static let patience = 1...1_000_000
    /// The side of a tile of a large image, in pixels.
    public static let tileSides = Tiling.sides
    /// Crops that are tried for one overlap.
    public static let cropTrials = 0...10_000
    /// Objects of other images that an input gets at most.
    public static let pastedObjects = 1...1000
    /// Places that are tried for an object of another image.
    public static let pasteTrials = 1...10_000
    /// a of the Beta(a, a) that mixup draws its shares from.
    public static let mixupConcentration = 1...1000
  }
}

extension ClosedRange<Int> {
  /// `1 to 4096`, for messages.
  package var words: String { "\(lowerBound) to \(upperBound)" }
}
