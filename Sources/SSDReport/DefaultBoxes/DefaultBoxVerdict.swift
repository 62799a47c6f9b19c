import MultiBox

/// Says in words how well default boxes fit the objects of a dataset, and what to do.
struct DefaultBoxVerdict {
  let name: String
  let given: DefaultBoxReport.Fit
  let suggestion: DefaultBoxReport.Fit

  /// Below it a kind of objects is named as badly served.
  private static let servedShare = 0.85
  /// A gain below it is not worth a file of one's own.
  private static let worthwhileGain = 0.01

  var sentences: [String] {
    guard given.all.objects > 0 else {
      return ["There are no objects, so nothing can be said about how \(name) fits."]
    }
    return [fit, badlyServed, idleMaps, advice].compactMap { $0 }
  }

  private var threshold: String { NumberStyle.measure.text(given.iouThreshold) }

  private func reaching(_ kind: DefaultBoxReport.Kind) -> String {
    "\(kind.reaching) of \(kind.objects)"
      + " (\(DefaultBoxReport.percent(kind.reaching, of: kind.objects)))"
  }

  /// 99 % leave out what no boxes would serve; below 85 % every sixth object learns from one
  /// default box at most.
  private var fit: String {
    let word =
      switch given.all.share {
      case 0.99...: "very well"
      case 0.95..<0.99: "well"
      case Self.servedShare..<0.95: "fairly well"
      default: "badly"
      }
    return "The default boxes of \(name) fit these objects \(word): \(reaching(given.all)) reach"
      + " IoU \(threshold) with one of them."
  }

  private var badlyServed: String? {
    let kinds =
      given.classes.map { (name: $0.name, kind: $0) }
      + given.sizes.map { (name: "\($0.name) objects", kind: $0) }
    let worst = kinds.filter { $0.kind.share < Self.servedShare }
      .enumerated().sorted {
        ($0.element.kind.share, $0.offset) < ($1.element.kind.share, $1.offset)
      }
      .prefix(3).map {
        "\($0.element.name) (\($0.element.kind.reaching) of \($0.element.kind.objects))"
      }
    return worst.isEmpty ? nil : "Served worst: \(worst.joined(separator: ", "))."
  }

  private var idleMaps: String? {
    let idle = zip(given.specification.featureMaps, given.objectsByFeatureMap)
      .filter { $1 == 0 }.map { "\($0.0.rows) × \($0.0.columns)" }
    guard let last = idle.last else { return nil }
    let list = idle.dropLast().joined(separator: ", ")
    return idle.count == 1
      ? "Map \(last) is the best for no object."
      : "Maps \(list) and \(last) are the best for no object."
  }

  private var advice: String {
    let gain = suggestion.all.share - given.all.share
    let more = suggestion.all.reaching - given.all.reaching
    let boxes =
      suggestion.defaultBoxes == given.defaultBoxes
      ? "with as many default boxes"
      : "with \(suggestion.defaultBoxes) default boxes instead of \(given.defaultBoxes)"
    let how = "write it with --output FILE and train with --default-boxes FILE"
    if gain >= Self.worthwhileGain {
      return
        "The suggestion brings \(more) more objects to that, \(reaching(suggestion.all)), \(boxes):"
        + " \(how)."
    }
    // Fewer boxes are no gain where most objects are in none of them.
    if given.all.share >= Self.servedShare, gain > -Self.worthwhileGain / 2,
      suggestion.defaultBoxes * 10 <= given.defaultBoxes * 9
    {
      return "The suggestion does about as well, \(reaching(suggestion.all)), \(boxes): \(how) if"
        + " speed counts."
    }
    return given.all.share < 0.95
      ? "The suggestion does no better, \(reaching(suggestion.all)): what is left needs a larger"
        + " input, tiles or a finer first map."
      : "The suggestion, \(reaching(suggestion.all)), is not worth a change: keep \(name)."
  }
}
