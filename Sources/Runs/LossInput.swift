import Datasets
import Files
import Foundation
import ModelFiles
import MultiBox

/// The files of `multibox loss`, read and checked against one another.
package struct LossInput {
  /// N, D, K.
  package let shape: [Int]
  package let logits: [Float]
  package let offsets: [Float]
  package let defaultBoxes: DefaultBoxes
  package let groundTruth: [[LabeledBox]]

  /// - Throws: `FileError` that names file, key, expected and found.
  package init(
    predictions: String, targets: String, defaultBoxes: String,
    clipping: DefaultBoxSpecification.Clipping
  ) throws {
    let file = try Safetensors(contentsOf: predictions)
    let logits = try Self.array("logits", of: file, path: predictions, rank: 3)
    let offsets = try Self.array("offsets", of: file, path: predictions, rank: 3)
    shape = logits.shape
    guard shape[2] >= 2 else {
      throw FileError(
        path: predictions, reason: "logits: expected K of 2 or more, found shape \(shape)")
    }
    let expected = [shape[0], shape[1], 4]
    guard offsets.shape == expected else {
      throw FileError(
        path: predictions, reason: "offsets: expected shape \(expected), found \(offsets.shape)")
    }
    self.logits = try Self.floats(logits, "logits", path: predictions)
    self.offsets = try Self.floats(offsets, "offsets", path: predictions)
    self.defaultBoxes = try Self.defaultBoxes(defaultBoxes, clipping: clipping)
    guard self.defaultBoxes.count == shape[1] else {
      throw FileError(
        path: predictions,
        reason: "logits: expected \(self.defaultBoxes.count) default boxes (\(defaultBoxes)),"
          + " found \(shape[1])")
    }
    groundTruth = try Self.groundTruth(targets)
    guard groundTruth.count == shape[0] else {
      throw FileError(
        path: targets, reason: "images: expected \(shape[0]), as logits, found \(groundTruth.count)"
      )
    }
  }

  private static func array(
    _ key: String, of file: Safetensors, path: String, rank: Int
  ) throws -> NamedArray {
    guard let array = file.arrays[key] else {
      throw FileError(
        path: path,
        reason: "\(key): missing; found \(file.arrays.keys.sorted().joined(separator: ", "))")
    }
    guard array.shape.count == rank else {
      throw FileError(
        path: path, reason: "\(key): expected \(rank) dimensions, found shape \(array.shape)")
    }
    return array
  }

  private static func floats(_ array: NamedArray, _ key: String, path: String) throws -> [Float] {
    do {
      return try array.floats()
    } catch {
      throw FileError(path: path, reason: "\(key): \(error)")
    }
  }

  private static func defaultBoxes(
    _ text: String, clipping: DefaultBoxSpecification.Clipping
  ) throws -> DefaultBoxes {
    if let preset = DefaultBoxPreset(rawValue: text) {
      return DefaultBoxes(preset.specification(clipping: clipping))
    }
    let file = try Safetensors(
      InputFile.contents(text, orOneOf: DefaultBoxPreset.allCases.map(\.rawValue)), path: text)
    let array = try array("default_boxes", of: file, path: text, rank: 2)
    guard array.shape[1] == 4 else {
      throw FileError(
        path: text, reason: "default_boxes: expected shape [D, 4], found \(array.shape)")
    }
    let values = try floats(array, "default_boxes", path: text).map(Double.init)
    let boxes = (0..<array.shape[0]).map {
      CenterBox(
        cx: values[$0 * 4], cy: values[$0 * 4 + 1], width: values[$0 * 4 + 2],
        height: values[$0 * 4 + 3])
    }
    // Centres of shares lie in the image or near it; of pixels the first few may, too.
    let outside = boxes.indices.filter { boxes[$0].cx > 2 && boxes[$0].cy > 2 }
    if let first = outside.first, outside.count > boxes.count / 2 {
      throw FileError(
        path: text,
        reason: "default_boxes[\(first)]: expected a centre in 0…1, in shares of the image, found"
          + " (\(boxes[first].cx), \(boxes[first].cy)) as in pixels")
    }
    do {
      return try DefaultBoxes(boxes)
    } catch {
      throw FileError(path: text, reason: "default_boxes: \(error)")
    }
  }

  private struct Targets: Decodable {
    struct Image: Decodable {
      let boxes: [[Double]]
      let classes: [Int]
      let isCrowd: [Bool]?

      private enum CodingKeys: String, CodingKey, CaseIterable { case boxes, classes, isCrowd }

      init(from decoder: any Decoder) throws {
        let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
        boxes = try values.decode([[Double]].self, forKey: .boxes)
        classes = try values.decode([Int].self, forKey: .classes)
        isCrowd = try values.decodeIfPresent([Bool].self, forKey: .isCrowd)
      }
    }
    let images: [Image]

    private enum CodingKeys: String, CodingKey, CaseIterable { case images }

    init(from decoder: any Decoder) throws {
      images = try decoder.checkedContainer(keyedBy: CodingKeys.self)
        .decode([Image].self, forKey: .images)
    }
  }

  private static func groundTruth(_ path: String) throws -> [[LabeledBox]] {
    let data = try InputFile.contents(path)
    let targets = try JSONDocument.decode(Targets.self, from: data, path: path)
    return try targets.images.enumerated().map { index, image in
      for (key, count) in [("classes", image.classes.count), ("isCrowd", image.isCrowd?.count)] {
        guard let count, count != image.boxes.count else { continue }
        throw FileError(
          path: path,
          reason: "images[\(index)].\(key): expected \(image.boxes.count), as boxes,"
            + " found \(count)")
      }
      return try zip(image.boxes, image.classes).enumerated().map { position, pair in
        guard pair.0.count == 4 else {
          throw FileError(
            path: path,
            reason: "images[\(index)].boxes[\(position)]: expected 4 numbers, found \(pair.0.count)"
          )
        }
        return LabeledBox(
          box: Box(xMin: pair.0[0], yMin: pair.0[1], xMax: pair.0[2], yMax: pair.0[3]),
          classIndex: pair.1, isCrowd: image.isCrowd?[position] ?? false)
      }
    }
  }
}
