import Files
import Foundation
import ModelFiles
import MultiBox
import NetworkInput
import Runs
import Torch

/// Weights that others trained, under this project's names.
public struct PretrainedWeights: Sendable {
  /// The path of the file.
  public let path: String
  /// The system that the weights come from.
  public let layout: WeightLayout
  /// The arrays by this project's names.
  public let arrays: [String: NamedArray]
  /// Names in the file that no network here has.
  public let unknown: [String]
  /// A training or an export of this project wrote the file: others' values do not go with it.
  public let isOfThisProject: Bool
  /// The network that the weights are of, where the file tells it.
  public let network: NetworkPreset?
  /// The normalization that the network's input must have, where it is not the network's own.
  public let normalization: ImageNormalization?
  /// The names of classes that a TFLite file has, as they stand there; empty where it has none.
  public let labels: [String]

  private enum Key {
    static let (layout, network, normalization) = ("layout", "network", "normalization")
    static let labels = "multibox.labels"
  }

  /// Reads a safetensors file, a PyTorch checkpoint or the TFLite file of an SSD.
  ///
  /// - Parameter path: of the file.
  /// - Throws: `FileError` naming the file.
  public init(contentsOf path: String) throws {
    let content = try InputFile.contents(path)
    if TFLiteModel.isTFLite(content) {
      let model = try TFLiteModel(content, path: path)
      try self.init(TensorFlowSSD(model), labels: model.metadata().labels, path: path)
    } else {
      try self.init(WeightsFile(content, path: path), path: path)
    }
  }

  private init(_ source: TensorFlowSSD, labels: [String], path: String) throws {
    self.path = path
    self.labels = labels
    layout = .tensorFlow
    arrays = try Self.widened(source.arrays, layout.widenedWindows, path: path)
    unknown = []
    isOfThisProject = false
    network = source.network
    normalization = source.normalization
  }

  private init(_ file: WeightsFile, path: String) throws {
    let unwrapped = WeightLayout.unwrapped(file.arrays.keys)
    let names = WeightLayout.recognized(unwrapped.values)
    var arrays: [String: NamedArray] = [:]
    var unknown: [String] = []
    for (name, array) in file.arrays {
      if let own = names.name(of: unwrapped[name] ?? name) {
        arrays[own] = array
      } else if !name.hasSuffix("num_batches_tracked") {
        unknown.append(name)
      }
    }
    if names.hasBackgroundLast { try Self.putBackgroundFirst(&arrays, path: path) }
    self.path = path
    isOfThisProject = [
      KeptWeights.metadataKey, TrainingPosition.metadataKey, Safetensors.makerKey,
    ].contains { file.metadata[$0] != nil }
    // What was imported has this project's names, and remembers where it came from.
    layout = file.metadata[Key.layout].flatMap(WeightLayout.init) ?? names
    self.arrays = try Self.widened(arrays, names.widenedWindows, path: path)
    self.unknown = unknown.sorted()
    network = file.metadata[Key.network].flatMap(NetworkPreset.named)
    normalization =
      try Self.decoded(Key.normalization, of: file, path: path) ?? layout.normalization
    labels = try Self.decoded(Key.labels, of: file, path: path) ?? []
  }

  private static func decoded<Value: Decodable>(
    _ key: String, of file: WeightsFile, path: String
  ) throws(FileError) -> Value? {
    guard let text = file.metadata[key] else { return nil }
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch {
      let reason = (error as? DecodingError)?.explanation ?? "\(error)"
      throw FileError(path: path, reason: "metadata \(key): \(reason)")
    }
  }

  private static func encoded(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Moves the last row of each default box's class logits before the others.
  private static func putBackgroundFirst(
    _ arrays: inout [String: NamedArray], path: String
  ) throws {
    let prefix = "head.classification_head.module_list."
    for (name, array) in arrays where name.hasPrefix(prefix) {
      let parts = name.dropFirst(prefix.count).split(separator: ".")
      let offsets = arrays["head.regression_head.module_list.\(parts.first ?? "").bias"]?.shape
        .first
      let boxes = (offsets ?? 0) / 4
      guard boxes > 0, let rows = array.shape.first, rows > 0, rows % boxes == 0 else {
        throw FileError(
          path: path, reason: "\(name): expected rows for \(boxes) boxes, found \(array.shape)")
      }
      let size = array.bytes.count / rows
      let bytes = Data(array.bytes)
      var moved = Data(capacity: bytes.count)
      for box in 0..<boxes {
        let (first, end) = (box * rows / boxes * size, (box + 1) * rows / boxes * size)
        moved.append(bytes[bytes.startIndex + end - size..<bytes.startIndex + end])
        moved.append(bytes[bytes.startIndex + first..<bytes.startIndex + end - size])
      }
      arrays[name] = NamedArray(elementType: array.elementType, shape: array.shape, bytes: moved)
    }
  }

  private static func widened(
    _ arrays: [String: NamedArray], _ names: [String], path: String
  ) throws -> [String: NamedArray] {
    var result = arrays
    for name in names {
      if let array = arrays[name] { result[name] = try widened(array, name, path: path) }
    }
    return result
  }

  /// Puts a row and a column of zeros before those of each window.
  private static func widened(
    _ array: NamedArray, _ name: String, path: String
  ) throws -> NamedArray {
    let shape = array.shape
    guard shape.count == 4, shape[2] == shape[3], shape[3] > 0 else {
      throw FileError(path: path, reason: "\(name): expected square windows, found \(shape)")
    }
    let values = try array.floats()
    let (side, wide) = (shape[2], shape[2] + 1)
    var result = [Float](repeating: 0, count: shape[0] * shape[1] * wide * wide)
    for row in 0..<values.count / side {
      let (window, y) = row.quotientAndRemainder(dividingBy: side)
      let start = (window * wide + y + 1) * wide + 1
      result.replaceSubrange(
        start..<start + side, with: values[row * side..<(row + 1) * side])
    }
    return NamedArray(shape: [shape[0], shape[1], wide, wide], floats: result)
  }

  /// Writes some of the arrays as safetensors, under this project's names.
  ///
  /// - Parameters:
  ///   - names: of the arrays that are kept.
  ///   - path: of the new file.
  /// - Throws: `FileError` where it cannot be written.
  public func write(_ names: some Sequence<String>, to path: String) throws {
    let kept = Set(names)
    var content = Safetensors(arrays: arrays.filter { kept.contains($0.key) }, madeBy: "import")
    // Others' weights are not this project's for having been renamed.
    if !isOfThisProject { content.metadata = [:] }
    content.metadata[Key.layout] = layout.rawValue
    content.metadata[Key.network] = network?.name
    if let normalization, normalization != layout.normalization {
      content.metadata[Key.normalization] = try Self.encoded(normalization)
    }
    if !labels.isEmpty { content.metadata[Key.labels] = try Self.encoded(labels) }
    try content.write(to: path)
  }

  /// Returns the names of the classes that ``labels`` are; nil where they are more or less.
  ///
  /// - Parameter classCount: of the heads, without the background, whose label may be the first.
  public func classNames(classCount: Int) -> ClassNames? {
    let names = ClassNames(labels).withoutBackground(classCount: classCount)
    return names.count == classCount && classCount > 0 ? names : nil
  }

  /// Says whether a file is one that ``write(_:to:)`` made.
  ///
  /// - Parameter path: of any file, there or not.
  public static func isOwnFile(_ path: String) -> Bool {
    (try? Safetensors(contentsOf: path))?.metadata[Key.layout].flatMap(WeightLayout.init) != nil
  }

  /// The fate of each array.
  public struct Report: Hashable, Sendable {
    /// Variables that were overwritten.
    public var loaded: [String] = []
    /// Variables of which only the rows of shared classes were overwritten.
    public var partlyLoaded: [String] = []
    /// Arrays of the file that the network has no place for.
    public var left: [String] = []
    /// Variables that keep their initial values, because the file has no such array.
    public var missing: [String] = []
    /// Variables that keep their initial values, because the file's array has another shape.
    public var reshaped: [String] = []

    /// A line for people.
    public var summary: String {
      var parts = ["\(loaded.count) loaded"]
      if !partlyLoaded.isEmpty { parts.append("\(partlyLoaded.count) loaded for shared classes") }
      parts.append("\(missing.count) missing")
      if !reshaped.isEmpty { parts.append("\(reshaped.count) of another shape, started anew") }
      parts.append("\(left.count) left")
      return parts.joined(separator: ", ")
    }
  }

  /// Overwrites a network's variables with the arrays of the same name and shape.
  ///
  /// - Parameters:
  ///   - store: the network's variables.
  ///   - classNames: the network's classes.
  ///   - sourceClassNames: those of the weights; where they are given and are not the network's,
  ///     rows of the classification head are taken class by class.
  /// - Throws: `FileError` where nothing fits at all.
  public func load(
    into store: VariableStore, classNames: ClassNames, sourceClassNames: ClassNames? = nil
  ) throws -> Report {
    var report = Report()
    var used: Set<String> = []
    for variable in store.variables {
      guard let array = arrays[variable.name] else {
        report.missing.append(variable.name)
        continue
      }
      used.insert(variable.name)
      let shape = variable.tensor.shape
      if let sourceClassNames, sourceClassNames != classNames,
        Self.hasClassRows(variable.name),
        try loadRows(
          of: array, into: variable, classNames: classNames, sourceClassNames: sourceClassNames)
      {
        report.partlyLoaded.append(variable.name)
      } else if array.shape == shape {
        try variable.tensor.assign(
          Tensor(array.finiteFloats(variable.name, path: path), shape: shape))
        report.loaded.append(variable.name)
      } else {
        report.reshaped.append(variable.name)
      }
    }
    report.left = (arrays.keys.filter { !used.contains($0) } + unknown).sorted()
    guard !report.loaded.isEmpty else {
      throw FileError(
        path: path,
        reason:
          "no array fits the network; found \(arrays.keys.sorted().prefix(3).joined(separator: ", "))"
      )
    }
    return report
  }

  /// Whether the rows of a variable are classes: in the layer that ends each predictor of the head.
  /// SSDLite's has a depthwise convolution with a normalization before it, as number 0.
  private static func hasClassRows(_ name: String) -> Bool {
    let prefix = "head.classification_head.module_list."
    guard name.hasPrefix(prefix) else { return false }
    let parts = name.dropFirst(prefix.count).split(separator: ".")
    return parts.count == 2 || (parts.count == 3 && parts[1] == "1")
  }

  /// Checks names that somebody gives for the classes of the weights.
  ///
  /// - Parameters:
  ///   - names: one for each class of the head, in its order.
  ///   - file: where they stand.
  ///   - wanted: the network's classes; of these each may stand there once. Other names, as the
  ///     `N/A` of COCO's gaps, may stand there several times.
  ///   - specification: of the model's default boxes.
  /// - Throws: `FileError` naming the file, with what was expected and found.
  public func check(
    _ names: ClassNames, of file: String, wanted: ClassNames,
    specification: DefaultBoxSpecification
  ) throws(FileError) {
    if let count = classCount(specification), count != names.count {
      throw FileError(
        path: file,
        reason: "expected \(count) names, one for each class of \(path) without the background,"
          + " found \(names.count)")
    }
    for name in wanted {
      let places = names.indices.filter { names[$0] == name }
      guard places.count < 2 else {
        throw FileError(
          path: file,
          reason: "expected \(name), which is trained on, once, found it as classes"
            + " \(places.map(String.init).joined(separator: ", "))")
      }
    }
  }

  /// Whether there are rows to take class by class.
  public var holdsClasses: Bool { arrays.keys.contains(where: Self.hasClassRows) }

  /// Rows are default-box shape by shape the background and the classes.
  private func loadRows(
    of array: NamedArray, into variable: Variable, classNames: ClassNames,
    sourceClassNames: ClassNames
  ) throws -> Bool {
    let shape = variable.tensor.shape
    let (count, sourceCount) = (classNames.count + 1, sourceClassNames.count + 1)
    guard array.shape.dropFirst() == shape.dropFirst(), shape[0] % count == 0,
      array.shape[0] % sourceCount == 0, shape[0] / count == array.shape[0] / sourceCount
    else { return false }
    let source = try array.finiteFloats(variable.name, path: path)
    var values = try variable.tensor.floats()
    let size = shape.dropFirst().reduce(1, *)
    var rows = [(0, 0)]
    for own in classNames.indices {
      if let other = sourceClassNames.firstIndex(of: classNames[own]) { rows.append((own, other)) }
    }
    for box in 0..<shape[0] / count {
      for (own, other) in rows {
        let target = (box * count + own) * size
        let start = (box * sourceCount + other) * size
        values.replaceSubrange(target..<target + size, with: source[start..<start + size])
      }
    }
    try variable.tensor.assign(Tensor(values, shape: shape))
    return true
  }

  /// The number of classes that the classification head was trained for, from the rows of its first
  /// layer; nil without a head.
  ///
  /// - Parameter specification: of the model's default boxes.
  public func classCount(_ specification: DefaultBoxSpecification) -> Int? {
    let prefix = "head.classification_head.module_list.0."
    let last = arrays.keys.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".bias") }
      .filter { arrays[$0]?.shape.count == 1 }
    // SSDLite's head has a normalization before the convolution, whose bias is not of the classes.
    let name = last.contains(prefix + "1.bias") ? prefix + "1.bias" : prefix + "bias"
    guard let rows = arrays[name]?.shape.first, let shapes = specification.featureMaps.first?.shapes
    else { return nil }
    return rows % shapes.count == 0 && rows / shapes.count >= 2 ? rows / shapes.count - 1 : nil
  }

  /// Says whether every layer that ends in classes has its weights in the file, of the sizes that a
  /// network has: without them a short file could ask for a network of any size.
  ///
  /// - Parameter store: of the network, made for any number of classes.
  public func hasClassWeights(of store: VariableStore) -> Bool {
    store.variables.allSatisfy { variable in
      guard Self.hasClassRows(variable.name), variable.name.hasSuffix(".weight"),
        let bias = arrays[String(variable.name.dropLast("weight".count)) + "bias"]
      else { return true }
      let shape = arrays[variable.name]?.shape ?? []
      return shape.first == bias.shape.first
        && shape.dropFirst() == variable.tensor.shape.dropFirst()
    }
  }
}

extension VariableStore {
  /// Returns all variables as torchvision's class of the network loads them, strictly: with the
  /// counters of its normalizations.
  public func torchvisionState() throws -> [String: NamedArray] {
    var arrays: [String: NamedArray] = [:]
    for variable in variables {
      arrays[variable.name] = NamedArray(
        shape: variable.tensor.shape, floats: try variable.tensor.floats())
      if variable.name.hasSuffix(".running_var") {
        let name = variable.name.dropLast("running_var".count) + "num_batches_tracked"
        arrays[String(name)] = NamedArray(zeros: .int64, shape: [])
      }
    }
    return arrays
  }
}
