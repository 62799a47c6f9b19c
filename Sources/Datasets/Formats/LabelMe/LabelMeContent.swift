import Foundation
import MultiBox

/// What a LabelMe file says of its image, in its own numbers.
struct LabelMeContent: Decodable, Sendable {
  struct Shape: Decodable, Sendable {
    let label: LooseText
    let points: [[Double]]
    let type: String?
    let flags: [String: Bool]?
    let difficult: Bool?
    /// What shapes of one object have in common.
    let group: LooseText?

    private enum CodingKeys: String, CodingKey {
      case label, points, flags, difficult
      case type = "shape_type"
      case group = "group_id"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      label = try container.decode(LooseText.self, forKey: .label)
      points = try container.decode([[Double]].self, forKey: .points)
      type = try container.decodeIfPresent(String.self, forKey: .type)
      flags = try container.decodeIfPresent([String: Bool].self, forKey: .flags)
      difficult = try container.decodeIfPresent(Bool.self, forKey: .difficult)
      group = try? container.decodeIfPresent(LooseText.self, forKey: .group)
    }

    /// A flag of LabelMe, or the key that forks of it write.
    var isDifficult: Bool { difficult ?? false || flags?["difficult"] ?? false }
  }

  let shapes: [Shape]
  let imageWidth: Int?
  let imageHeight: Int?
}

/// A LabelMe file to be written.
struct LabelMeFile: Encodable {
  struct Shape: Encodable {
    let label: String
    let points: [[Double]]
    let flags: [String: Bool]

    private enum CodingKeys: String, CodingKey {
      case label, points, flags
      case group = "group_id"
      case type = "shape_type"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(label, forKey: .label)
      try container.encode(points, forKey: .points)
      try container.encode(flags, forKey: .flags)
      try container.encodeNil(forKey: .group)
      try container.encode("rectangle", forKey: .type)
    }
  }

  let image: DatasetImage
  let fileName: String
  let classNames: ClassNames

  private enum CodingKeys: String, CodingKey {
    case version, flags, shapes, imagePath, imageData, imageHeight, imageWidth
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    // The version whose keys these are: LabelMe warns where there is none.
    try container.encode("5.5.0", forKey: .version)
    try container.encode([String: Bool](), forKey: .flags)
    let shapes = image.groundTruth.map { labeled in
      let box = labeled.box
      return Shape(
        label: classNames[labeled.classIndex],
        points: [[box.xMin, box.yMin], [box.xMax, box.yMax]],
        flags: labeled.isDifficult ? ["difficult": true] : [:])
    }
    try container.encode(shapes, forKey: .shapes)
    try container.encode(fileName, forKey: .imagePath)
    try container.encodeNil(forKey: .imageData)
    try container.encode(image.height, forKey: .imageHeight)
    try container.encode(image.width, forKey: .imageWidth)
  }
}
