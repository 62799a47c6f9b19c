import ArgumentParser
import MultiBox

extension LossNormalization: ExpressibleByArgument {}
extension LossPreset: ExpressibleByArgument {}

/// What concerns all parts of the loss.
public struct WholeLossOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "System whose loss is computed; the options below change parts of it."
        + " Default: \(LossPreset.paper.rawValue); of explain --run the run's own loss.",
      valueName: "name"))
  public var preset: LossPreset?
  @Option(
    help: ArgumentHelp(
      "Divide the sums by the positives of the batch, or each image's by its own. Default:"
        + " \(MultiBoxLoss().normalization.rawValue);"
        + " with --preset nvidia \(LossPreset.nvidia.loss.normalization.rawValue).",
      valueName: "name"))
  public var normalization: LossNormalization?
  @Option(
    help: ArgumentHelp(
      "Crowds and ignored regions are no background: leave out default boxes that lie in one by this"
        + " share of their area. Default: they are background.", valueName: "share"))
  public var ignoredRegionOverlap: Double?

  public init() {}

  public func validate() throws {
    if let ignoredRegionOverlap {
      try require(
        ignoredRegionOverlap > 0 && ignoredRegionOverlap <= 1, "--ignored-region-overlap",
        "above 0, to 1", ignoredRegionOverlap)
    }
  }
}
