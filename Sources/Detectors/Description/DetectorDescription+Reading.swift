import Datasets
import Files
import Foundation
import ModelFiles
import MultiBox

extension DetectorDescription {
  /// A description with what it takes to use it.
  public struct Source: Sendable {
    /// The description.
    public let description: DetectorDescription
    /// The folder that its paths are relative to.
    public let folder: String
    /// Remarks on what was assumed, because the model does not tell.
    public let remarks: [String]
  }

  /// Reads the description that goes with a model.
  ///
  /// - Parameters:
  ///   - source: a known model's name, a JSON file, or nil for what the model itself says: the
  ///     metadata of an ONNX file, the operator `TFLite_Detection_PostProcess` of a TFLite file.
  ///   - model: path of the model.
  /// - Throws: `FileError` that names file and key, what was expected and what found.
  public static func read(_ source: String?, model: String) throws -> Source {
    let folder = model.parentFolder
    if let source {
      if let known = KnownDescription(rawValue: source) {
        return Source(description: try known.description, folder: folder, remarks: [])
      }
      let file = try InputFile.contents(
        source, orOneOf: KnownDescription.allCases.map(\.rawValue))
      return Source(
        description: try DetectorDescription(json: file, path: source),
        folder: source.parentFolder, remarks: [])
    }
    guard let (description, remarks) = try ofModel(model) else {
      throw FileError(
        path: model,
        reason: "no \(metadataKey) in its metadata; --description names a file or one of"
          + " \(Self.knownNames), and multibox describe proposes one")
    }
    return Source(description: description, folder: folder, remarks: remarks)
  }

  /// Returns the description that a model carries, and remarks on what was assumed; nil where it
  /// carries none.
  ///
  /// - Parameter path: of the model.
  /// - Throws: `FileError` that names file and key, what was expected and what found.
  public static func ofModel(
    _ path: String
  ) throws -> (description: DetectorDescription, remarks: [String])? {
    if path.lowercased().hasSuffix(".onnx") {
      guard let text = try ONNXModel.metadata(of: path)[metadataKey] else { return nil }
      return (try DetectorDescription(json: Data(text.utf8), path: "\(path): metadata"), [])
    }
    let file = try InputFile.contents(path)
    guard TFLiteModel.isTFLite(file) else { return nil }
    return try ofTFLite(TFLiteModel(file, path: path))
  }

  private static var knownNames: String {
    KnownDescription.allCases.map(\.rawValue).joined(separator: ", ")
  }

  /// Says whether a file is a description.
  ///
  /// - Parameter path: of the file.
  public static func isOne(_ path: String) -> Bool {
    guard let data = try? InputFile.contents(path) else { return false }
    return (try? Self(json: data, path: path)) != nil
  }

  /// Decodes and checks a description.
  ///
  /// - Parameters:
  ///   - json: one JSON object.
  ///   - path: what errors call it.
  /// - Throws: `FileError` that names key, expected and found.
  public init(json: Data, path: String) throws {
    self = try JSONDocument.decode(Versioned.self, from: json, path: path) {
      content throws(JSONDocument.Problem) in
      try content.description.check()
      try content.description.refuseUnknownKeys(of: json)
    }.description
  }

  /// A misspelt key would have no effect in silence. What is read is what would be written, so the
  /// keys are looked at once for all parts, and not in the decoding of each.
  private func refuseUnknownKeys(of json: Data) throws(JSONDocument.Problem) {
    guard let text = try? self.json(),
      let known = try? JSONSerialization.jsonObject(with: Data(text.utf8)),
      let given = try? JSONSerialization.jsonObject(with: json),
      let key = Self.firstUnknownKey(of: given, among: known)
    else { return }
    throw JSONDocument.Problem(key: key, reason: "no such key")
  }

  /// Returns the path of the first key, by name, with a value that only one of two has.
  private static func firstUnknownKey(
    of given: Any, among known: Any, below path: String = ""
  ) -> String? {
    if let given = given as? [String: Any], let known = known as? [String: Any] {
      for (key, value) in given.sorted(by: { $0.key < $1.key }) where !(value is NSNull) {
        let inner = path.isEmpty ? key : "\(path).\(key)"
        guard let other = known[key] else { return inner }
        if let found = firstUnknownKey(of: value, among: other, below: inner) { return found }
      }
    } else if let given = given as? [Any], let known = known as? [Any] {
      for (index, (value, other)) in zip(given, known).enumerated() {
        let inner = "\(path)[\(index)]"
        if let found = firstUnknownKey(of: value, among: other, below: inner) { return found }
      }
    }
    return nil
  }

  /// The number first: a description of another version has other keys.
  private struct Versioned: Decodable {
    let description: DetectorDescription

    private enum CodingKeys: CodingKey { case version }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      let version = try values.decode(Int.self, forKey: .version)
      guard version == currentVersion else {
        throw DecodingError.dataCorruptedError(
          forKey: .version, in: values,
          debugDescription: "expected \(currentVersion), found \(version)")
      }
      description = try DetectorDescription(from: decoder)
    }
  }

  /// Checks every number that a file can bring and the types allow.
  package func check() throws(JSONDocument.Problem) {
    func require(
      _ condition: Bool, _ key: String, _ expected: String, _ found: some CustomStringConvertible
    ) throws(JSONDocument.Problem) {
      guard condition else {
        throw JSONDocument.Problem(
          key: key, reason: "expected \(expected), found \(found.description)")
      }
    }
    try require(!classNames.isEmpty, "classNames", "one or more", "none")
    try require(
      (1...16384).contains(input.width) && (1...16384).contains(input.height),
      "input.width, height", "1…16384", "\(input.width), \(input.height)")
    if let tileSide {
      let range = Tiling.sides
      try require(
        range.contains(tileSide), "tileSide", "\(range.lowerBound)…\(range.upperBound)", tileSide)
    }
    if let padding = input.padding {
      try require(
        padding.count == 3 && padding.allSatisfy(\.isFinite), "input.padding", "three values",
        padding)
    }
    let deviation = input.normalization.standardDeviation
    try require(
      input.normalization.mean.count == 3, "input.normalization.mean", "three values",
      input.normalization.mean)
    try require(
      deviation.count == 3 && deviation.allSatisfy { $0 > 0 && $0.isFinite },
      "input.normalization.standardDeviation", "three values above 0", deviation)
    try require(
      (0...1).contains(thresholds.score), "thresholds.score", "0…1", thresholds.score)
    try require((0...1).contains(thresholds.iou), "thresholds.iou", "0…1", thresholds.iou)
    if let sigma = thresholds.gaussianSigma {
      let range = Thresholds.sigmas
      try require(
        range.contains(sigma), "thresholds.gaussianSigma",
        "\(range.lowerBound) to \(range.upperBound)", sigma)
    }
    let counts = 1...(1 << 24)
    for (key, count) in [
      ("candidatesPerClass", thresholds.candidatesPerClass),
      ("maximumDetections", thresholds.maximumDetections),
      ("classesPerBox", thresholds.classesPerBox ?? 1),
    ] {
      try require(
        counts.contains(count), "thresholds.\(key)", "1…\(counts.upperBound)", count)
    }
    if let scores = thresholds.best?.scores {
      try require(
        scores.count == classNames.count, "thresholds.best.scores",
        "\(classNames.count), as classNames", scores.count)
      for (index, score) in scores.enumerated() {
        try require(
          (0...1).contains(score ?? 0), "thresholds.best.scores[\(index)]", "0…1", score ?? 0)
      }
    }
    if let firstClass = outputs.firstClass {
      // Numbers come as float32, which is exact to here.
      try require(
        (-(1 << 24)...1 << 24).contains(firstClass), "outputs.firstClass", "−2²⁴…2²⁴", firstClass)
    }
    for output in outputs.all {
      let scale = output.scale ?? 1
      try require(scale > 0 && scale.isFinite, "\(output.name): scale", "above 0", scale)
      let zero = output.zeroPoint ?? 0
      try require(
        (-32768...65535).contains(zero), "\(output.name): zeroPoint", "−32768…65535", zero)
    }
    if case .heads(let heads) = outputs {
      try require(
        heads.boxCoder.centerVariance > 0 && heads.boxCoder.sizeVariance > 0,
        "outputs.boxCoder", "variances above 0",
        "\(heads.boxCoder.centerVariance), \(heads.boxCoder.sizeVariance)")
    }
  }
}

extension DetectorDescription.Outputs {
  /// The number that the network gives the first class, where it gives numbers.
  fileprivate var firstClass: Int? {
    switch self {
    case .heads, .boxes: nil
    case .rows(let rows): rows.firstClass
    case .detections(let detections): detections.firstClass
    }
  }

  /// The tensors that are read.
  public var all: [DetectorDescription.Output] {
    switch self {
    case .heads(let heads): [heads.classes.output, heads.offsets]
    case .boxes(let boxes): [boxes.classes.output, boxes.boxes]
    case .rows(let rows): [rows.output]
    case .detections(let detections):
      [detections.boxes, detections.scores, detections.classes]
        + (detections.count.map { [$0] } ?? [])
    }
  }
}

extension DetectorDescription.DefaultBoxSource {
  /// Makes the default boxes.
  ///
  /// - Parameters:
  ///   - folder: what a path is relative to.
  ///   - model: path of the model.
  /// - Throws: `FileError` that names file and tensor.
  public func defaultBoxes(in folder: String, model: String) throws -> DefaultBoxes {
    switch self {
    case .detectionOperator:
      guard let decoding = try TFLiteModel(contentsOf: model).detectionOperator else {
        throw FileError(
          path: model,
          reason: "outputs.defaultBoxes: expected the operator"
            + " \(TFLiteModel.DetectionOperator.name), found none")
      }
      return try Self.boxes(
        decoding.defaultBoxes(path: model), path: model, tensor: decoding.anchors.name)
    case .preset(let preset, let clipping):
      return DefaultBoxes(preset.specification(clipping: clipping))
    case .specification(let specification):
      return DefaultBoxes(specification)
    case .file(let file, let tensor):
      let path = file.hasPrefix("/") || folder.isEmpty ? file : "\(folder)/\(file)"
      let arrays = try Safetensors(contentsOf: path).arrays
      guard let array = arrays[tensor] else {
        throw FileError(
          path: path,
          reason: "\(tensor): not found among \(arrays.keys.sorted().joined(separator: ", "))")
      }
      guard array.shape.count == 2, array.shape[1] == 4, array.shape[0] > 0 else {
        throw FileError(path: path, reason: "\(tensor): expected [D, 4], found \(array.shape)")
      }
      let values: [Float]
      do {
        values = try array.floats()
      } catch {
        throw FileError(path: path, reason: "\(tensor): \(error)")
      }
      return try Self.boxes(values, path: path, tensor: tensor)
    }
  }

  /// - Parameter values: cx, cy, w, h of each.
  private static func boxes(
    _ values: [Float], path: String, tensor: String
  ) throws -> DefaultBoxes {
    let values = values.map(Double.init)
    do {
      return try DefaultBoxes(
        stride(from: 0, to: values.count, by: 4).map {
          CenterBox(
            cx: values[$0], cy: values[$0 + 1], width: values[$0 + 2], height: values[$0 + 3])
        })
    } catch {
      throw FileError(path: path, reason: "\(tensor): \(error)")
    }
  }
}
