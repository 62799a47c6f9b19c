import ArgumentParser
import MultiBox

/// The parts of the loss and their parameters: a preset, and what is to differ from it.
///
/// An option that has no effect with the parts that are chosen is an error.
public struct LossOptions: ParsableArguments {
  @OptionGroup(title: "Loss research") public var whole: WholeLossOptions
  @OptionGroup(title: "Loss research: assignment")
  public var assignment: AssignmentOptions<OfPredictions>
  @OptionGroup(title: "Loss research: confidence") public var confidence: ConfidenceOptions
  @OptionGroup(title: "Loss research: localization") public var localization: LocalizationOptions

  public init() {}

  /// The preset with what was given.
  ///
  /// - Parameter base: what stands where neither a preset nor a part is given.
  /// - Throws: a usage error for an option that the chosen parts do not have.
  public func loss(over base: MultiBoxLoss = MultiBoxLoss()) throws -> MultiBoxLoss {
    var result = base
    if let preset = whole.preset {
      result = preset.loss
      (result.alpha, result.boxCoder) = (base.alpha, base.boxCoder)
    }
    result.assigner = try assignment.assigner(over: result.assigner)
    result.confidence = try confidence.term(over: result.confidence)
    result.localization = try localization.term(over: result.localization)
    result.alpha = localization.alpha ?? result.alpha
    result.normalization = whole.normalization ?? result.normalization
    result.ignoredRegionOverlap = whole.ignoredRegionOverlap ?? result.ignoredRegionOverlap
    return result
  }

  /// The preset with what was given, its weights of classes too.
  ///
  /// - Parameters:
  ///   - base: what stands where neither a preset nor a part is given.
  ///   - classNames: the classes that there are.
  ///   - objectCounts: objects of each class in the training split; nil where nothing is trained.
  /// - Throws: a usage error for an option that the chosen parts do not have, and for a class that
  ///   is not there.
  public func loss(
    over base: MultiBoxLoss = MultiBoxLoss(), classNames: ClassNames, objectCounts: [Int]? = nil
  ) throws -> MultiBoxLoss {
    var result = try loss(over: base)
    if let text = confidence.classWeights {
      result.classWeights = try ClassWeightChoice(text).resolved(
        classNames, objectCounts: objectCounts)
    }
    return result
  }
}
