import Files
import Foundation
import MultiBox
import SwiftProtobuf

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One record of TensorFlow's object detection: an image and what stands in it.
struct TFRecordExample {
  struct Fault: Error { let reason: String }

  private let features: [String: TensorFlowFeature]
  private let record: Data

  /// Takes a record apart.
  ///
  /// - Throws: ``Fault`` for bytes that are no `tf.train.Example`.
  init(_ record: Data) throws(Fault) {
    do {
      features = try TensorFlowExample(serializedBytes: record).features.feature
    } catch {
      throw Fault(reason: "not a tf.train.Example: \(error)")
    }
    self.record = record
  }

  /// The keys that it has, sorted.
  var keys: [String] { features.keys.sorted() }
  /// Says whether it has what an image with objects needs.
  var isDetection: Bool { features["image/encoded"] != nil }

  // MARK: Features

  private func values<Value>(
    _ key: String, _ kind: String, _ list: (TensorFlowFeature.OneOf_Kind) -> [Value]?
  ) throws(Fault) -> [Value] {
    guard let found = features[key]?.kind else { return [] }
    if let values = list(found) { return values }
    // A list without values may be of any kind.
    let count =
      switch found {
      case .bytesList(let list): list.value.count
      case .floatList(let list): list.value.count
      case .int64List(let list): list.value.count
      }
    guard count == 0 else { throw Fault(reason: "\(key): expected a \(kind)") }
    return []
  }

  private func bytes(_ key: String) throws(Fault) -> [Data] {
    try values(key, "bytes_list") {
      if case .bytesList(let list) = $0 { list.value } else { nil }
    }
  }

  private func floats(_ key: String) throws(Fault) -> [Float] {
    try values(key, "float_list") {
      if case .floatList(let list) = $0 { list.value } else { nil }
    }
  }

  private func integers(_ key: String) throws(Fault) -> [Int] {
    try values(key, "int64_list") {
      if case .int64List(let list) = $0 {
        list.value.map(Int.init(truncatingIfNeeded:))
      } else {
        nil
      }
    }
  }

  private func text(_ key: String) throws(Fault) -> String? {
    guard let value = try bytes(key).first, !value.isEmpty else { return nil }
    return String(decoding: value, as: UTF8.self)
  }

  // MARK: Image

  /// The name of the picture's file, or what else identifies it.
  func name() throws(Fault) -> String? {
    if let name = try text("image/filename") { return name }
    return try text("image/source_id")
  }

  /// Width and height as the record has them; nil where it has none.
  func size() throws(Fault) -> PixelSize? {
    PixelSize(
      width: try integers("image/width").first, height: try integers("image/height").first)
  }

  /// The place of the picture in the record; nil for a record without.
  func picture() throws(Fault) -> Range<Int>? {
    guard let encoded = try bytes("image/encoded").first, !encoded.isEmpty else { return nil }
    // protobuf does not tell where a field was; the same bytes are the same picture.
    let offset = record.withUnsafeBytes { record in
      encoded.withUnsafeBytes { Self.offset(of: $0, in: record) }
    }
    guard let offset else { throw Fault(reason: "image/encoded: its place is not found") }
    return offset..<offset + encoded.count
  }

  /// The place of bytes in others. Bytes that nearly fit at very many places are given up: no
  /// picture is like that, and a search must end.
  private static func offset(
    of part: UnsafeRawBufferPointer, in whole: UnsafeRawBufferPointer
  ) -> Int? {
    guard let start = whole.baseAddress, let first = part.first, let wanted = part.baseAddress
    else { return nil }
    var position = 0
    var budget = 1000
    while whole.count - position >= part.count,
      let found = memchr(start + position, Int32(first), whole.count - position - part.count + 1)
    {
      position = UnsafeRawPointer(found) - start
      // Most places differ in the next bytes already.
      let length = min(part.count, 64)
      if memcmp(start + position, wanted, length) == 0 {
        if memcmp(start + position, wanted, part.count) == 0 { return position }
        budget -= 1
        if budget == 0 { return nil }
      }
      position += 1
    }
    return nil
  }

  // MARK: Objects

  private static let corners = ["xmin", "ymin", "xmax", "ymax"].map { "image/object/bbox/\($0)" }

  /// Says that not even the lists of corners are there.
  var isUnlabeled: Bool { Self.corners.allSatisfy { features[$0] == nil } }

  /// The objects.
  ///
  /// - Parameters:
  ///   - place: of the record, for reports.
  ///   - labelMap: gives ids a class; nil takes the texts.
  ///   - drop: called with the reason for an object of no known class.
  ///   - disagree: called with the reason where id and text say two classes.
  func objects(
    place: String, labelMap: TFRecordLabelMap?, drop: (String) -> Void,
    disagree: (String) -> Void
  ) throws(Fault) -> [AnnotatedObject] {
    // Not map: it has no typed throws.
    var sides: [[Float]] = []
    for key in Self.corners { sides.append(try floats(key)) }
    let count = sides[0].count
    func checked<Value>(_ key: String, _ values: [Value], mayLack: Bool) throws(Fault) -> [Value] {
      guard values.count == count || mayLack && values.isEmpty else {
        throw Fault(reason: "\(key): expected \(count) values, found \(values.count)")
      }
      return values
    }
    for (key, values) in zip(Self.corners, sides) {
      _ = try checked(key, values, mayLack: false)
      guard values.allSatisfy({ abs($0) <= 2 }) else {
        throw Fault(
          reason: "\(key): expected shares of the image, 0…1, found \(values.max() ?? 0)")
      }
    }
    func integers(_ key: String) throws(Fault) -> [Int] {
      let key = "image/object/\(key)"
      return try checked(key, self.integers(key), mayLack: true)
    }
    let texts = try checked(
      "image/object/class/text", bytes("image/object/class/text"), mayLack: true
    ).map { String(decoding: $0, as: UTF8.self) }
    let ids = try integers("class/label")
    let (difficult, crowds) = (try integers("difficult"), try integers("is_crowd"))
    let groups = try integers("group_of")
    let areas = try checked(
      "image/object/area", floats("image/object/area"), mayLack: true)
    let size = try size()
    var objects: [AnnotatedObject] = []
    for index in 0..<count {
      let place = "\(place), object \(index)"
      let text = texts.isEmpty ? nil : texts[index]
      let id = ids.isEmpty ? nil : ids[index]
      guard
        let label = Self.label(
          id: id, text: text, labelMap, disagree: { disagree("\(place): \($0)") })
      else {
        drop(
          "\(place): expected a class of the label map, found \(text ?? id.map(String.init) ?? "none")"
        )
        continue
      }
      let corners = sides.map { $0[index] }
      var object = AnnotatedObject(
        label, Self.shape(corners, size), place: place,
        written: "[\(corners[0]), \(corners[1]), \(corners[2]), \(corners[3])]")
      object.isDifficult = !difficult.isEmpty && difficult[index] == 1
      object.isCrowd =
        !crowds.isEmpty && crowds[index] == 1 || !groups.isEmpty && groups[index] == 1
      if !areas.isEmpty, areas[index] > 0 { object.area = Double(areas[index]) }
      objects.append(object)
    }
    return objects
  }

  /// Training goes by the id, so that counts where it is known; without a map, the text.
  private static func label(
    id: Int?, text: String?, _ map: TFRecordLabelMap?, disagree: (String) -> Void
  ) -> AnnotatedObject.Label? {
    let text = text.flatMap { $0.isEmpty ? nil : $0 }
    guard let map else { return (text ?? id.map(String.init)).map { .name($0) } }
    let byText = text.flatMap { map[$0] }
    guard let byID = id.flatMap({ map[$0] }) else {
      if let id, let text, byText != nil {
        disagree("class \(id) is none of the label map, and its text is \(text)")
      }
      return byText.map { .number($0) }
    }
    if let id, let text, let byText, byText != byID {
      disagree("class \(id) is \(map.names[byID - 1]), and its text is \(text)")
    }
    return .number(byID)
  }

  /// Corners in pixels where the record says the size, else in shares.
  private static func shape(_ corners: [Float], _ size: PixelSize?) -> AnnotatedObject.Shape {
    let values = corners.map(Double.init)
    guard let size else {
      return .shares(Box(xMin: values[0], yMin: values[1], xMax: values[2], yMax: values[3]))
    }
    return .pixels(
      PixelBox(
        xMin: pixel(corners[0], size.width), yMin: pixel(corners[1], size.height),
        xMax: pixel(corners[2], size.width), yMax: pixel(corners[3], size.height)))
  }

  /// The shortest coordinate that has this share. A share is a number of 24 bits: the pixel that it
  /// was made of is the shortest of those it may have been.
  private static func pixel(_ share: Float, _ side: Int) -> Double {
    let value = Double(share) * Double(side)
    for scale in [1, 10, 100, 1000] as [Double] {
      let candidate = (value * scale).rounded() / scale
      if Float(candidate / Double(side)) == share { return candidate }
    }
    return value
  }
}
