import TrainingInput

/// What suits the images that are trained on: the rules behind the defaults of a training.
///
/// | | fewer than 1,000 images | more, or an unknown number |
/// | --- | --- | --- |
/// | start, see ``TrainingStart`` | ImageNet, where its weights are there | random weights |
/// | images that the network sees at once | 4 | 8 |
/// | augmentation | `AugmentationPolicy.light` | `AugmentationPolicy.ssd` |
/// | frozen stages of a backbone from ImageNet | 2 | none |
/// | input from ImageNet, of networks without a side of their own | 384 pixels | 320 |
/// | epochs from random weights | 60, or as many as make 4,400 steps, at most 300 | 60 |
/// | epochs from weights that know pictures | 30, or as many as make 4,400 steps, at most 300 | 30 |
///
/// What follows from the sizes and shapes of the objects is in ``TrainingObjects``. The schedule of
/// the learning rate follows the data through warm-up and epochs alone.
///
/// What each gave on blood cells and playing cards is in the README.
public struct TrainingDefaults: Hashable, Sendable {
  /// Images of the training split; nil for an unknown number.
  public let imageCount: Int?

  /// The number of images below which a training has few.
  public static let fewImages = 1000

  /// Looks at the number of images.
  ///
  /// - Parameter imageCount: of the training split; nil for an unknown number.
  public init(imageCount: Int?) { self.imageCount = imageCount }

  /// There are fewer than ``fewImages``.
  public var hasFewImages: Bool { imageCount.map { $0 < Self.fewImages } ?? false }

  /// N, images that the network sees at once: of few images smaller steps, of which there are more,
  /// reach a higher AP in the same time.
  public var batchSize: Int { hasFewImages ? 4 : 8 }

  /// The random changes of images.
  public var augmentation: AugmentationPolicy { hasFewImages ? .light : .ssd }

  /// The number of a backbone's first stages that keep the weights of ImageNet: few images teach
  /// them nothing better, and steps take two thirds of the time.
  public var frozenImageNetStages: Int { hasFewImages ? 2 : 0 }

  /// Returns the side of the input, in pixels: from ImageNet each of few images is worth a closer
  /// look.
  ///
  /// - Parameter isFromImageNet: the network starts from a backbone that knows ImageNet.
  public func imageSide(isFromImageNet: Bool) -> Int {
    isFromImageNet && hasFewImages ? 384 : TrainingConfiguration.Network.defaultImageSide
  }

  /// Returns the passes over the images: with few of them more, so that there are enough steps.
  ///
  /// Weights that know pictures need half the passes over many images; of few, as many steps as
  /// others: half of them left playing cards at AP .67 in place of .82.
  ///
  /// - Parameters:
  ///   - stepSize: images of a step.
  ///   - isPretrained: the network starts from weights that know pictures.
  public func epochs(stepSize: Int, isPretrained: Bool) -> Int {
    let usual = isPretrained ? Self.usualEpochs / 2 : Self.usualEpochs
    guard hasFewImages, let imageCount else { return usual }
    let steps = max(imageCount / stepSize, 1)
    return min(max(usual, (Self.usualSteps + steps - 1) / steps), Self.mostEpochs)
  }

  /// Returns the steps over which the learning rate rises: one epoch, at least 20 and at most 500.
  ///
  /// - Parameter stepSize: images of a step.
  public func warmUp(stepSize: Int) -> Int {
    guard let imageCount else { return 500 }
    return min(max(imageCount / stepSize, 20), 500)
  }

  /// Epochs from random weights with many images.
  public static let usualEpochs = 60
  private static let usualSteps = 4400
  private static let mostEpochs = 300
}
