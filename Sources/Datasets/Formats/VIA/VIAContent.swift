import Foundation
import MultiBox

/// An image of a VIA file of version 1 or 2, in its own numbers.
struct VIAImage: Decodable, Sendable {
  struct Region: Decodable, Sendable {
    let shape: VIAShape
    let attributes: [String: VIAAttribute]

    private enum CodingKeys: String, CodingKey {
      case shape = "shape_attributes"
      case attributes = "region_attributes"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      shape = try container.decode(VIAShape.self, forKey: .shape)
      attributes =
        try container.decodeIfPresent([String: VIAAttribute].self, forKey: .attributes) ?? [:]
    }
  }

  let filename: String
  /// With their places; version 1 numbers them in an object, version 2 lists them.
  let regions: [(place: String, region: Region)]

  private enum CodingKeys: String, CodingKey { case filename, regions }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    filename = try container.decode(String.self, forKey: .filename)
    if !container.contains(.regions) {
      regions = []
    } else if (try? container.nestedUnkeyedContainer(forKey: .regions)) != nil {
      let regions = try container.decode([Region].self, forKey: .regions)
      self.regions = regions.enumerated().map { ("regions[\($0.offset)]", $0.element) }
    } else {
      let regions = try container.decode([String: Region].self, forKey: .regions)
      let sorted = regions.sorted { (Int($0.key) ?? 0, $0.key) < (Int($1.key) ?? 0, $1.key) }
      self.regions = sorted.map { ("regions.\($0.key)", $0.value) }
    }
  }
}

/// The value of an attribute: a text, or for check boxes which are set.
enum VIAAttribute: Decodable, Hashable, Sendable {
  case text(String)
  case boxes([String: Bool])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let boxes = try? container.decode([String: Bool].self) {
      self = .boxes(boxes)
    } else if container.decodeNil() {
      self = .text("")
    } else {
      self = .text(try container.decode(LooseText.self).text)
    }
  }

  /// The classes that it says, sorted; more than one where several boxes are set.
  var names: [String] {
    switch self {
    case .text(let text): text.isBlank || text == "undefined" ? [] : [text]
    case .boxes(let boxes): boxes.filter(\.value).keys.sorted()
    }
  }
}

/// A VIA file of version 1 or 2: a whole project, or its annotations alone.
struct VIAFile: Decodable, Sendable {
  let images: [(key: String, image: Understood<VIAImage>)]
  /// The folder of the images on the annotator's machine.
  let folder: String?

  private enum CodingKeys: String, CodingKey {
    case images = "_via_img_metadata"
    case settings = "_via_settings"
  }

  private struct Settings: Decodable {
    struct Core: Decodable {
      let folder: String?

      private enum CodingKeys: String, CodingKey { case folder = "default_filepath" }
    }

    let core: Core?
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let images: [String: Understood<VIAImage>]
    if container.contains(.images) {
      images = try container.decode([String: Understood<VIAImage>].self, forKey: .images)
      folder = (try? container.decode(Settings.self, forKey: .settings))?.core?.folder
    } else {
      images = try decoder.singleValueContainer().decode([String: Understood<VIAImage>].self)
      folder = nil
    }
    self.images = images.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
