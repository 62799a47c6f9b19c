import Files
import Foundation
import SwiftProtobuf

/// A network as a Core ML package (`.mlpackage`): a program that takes one image, and perhaps
/// non-maximum suppression behind it.
///
/// Version 6 of the specification, for iOS 15, macOS 12 and later. Everything is float32: the
/// numbers are those of other engines, and Core ML runs it on processor and GPU.
public struct CoreMLPackage: Sendable {
  /// The image that the program takes, `[1, 3, H, W]`: red, green, blue as grey levels 0…255.
  public struct Image: Hashable, Sendable {
    /// The name of the input.
    public var name: String
    /// W, in pixels.
    public var width: Int
    /// H, in pixels.
    public var height: Int

    /// Describes the image.
    ///
    /// - Parameters:
    ///   - name: the name of the input.
    ///   - width: W, in pixels.
    ///   - height: H, in pixels.
    public init(_ name: String, width: Int, height: Int) {
      self.name = name
      self.width = width
      self.height = height
    }
  }

  /// Core ML's own suppression, which makes the package a pipeline of two models.
  ///
  /// The program's two outputs are then confidences, `[D, C]`, and boxes, `[D, 4]`: centre x,
  /// centre y, width, height in shares of the image. The pipeline's are `confidence`, `[M, C]`, and
  /// `coordinates`, `[M, 4]`, of the boxes that are kept, and beside the image it takes the numbers
  /// `iouThreshold` and `confidenceThreshold`, which may be left out. Vision knows this form.
  public struct Suppression: Hashable, Sendable {
    /// Names of the C columns of the confidences.
    public var classNames: [String]
    /// The IoU above which a box gives way to a better one of its class, 0…1.
    public var iouThreshold: Double
    /// The lowest confidence that is kept, from 0.
    public var confidenceThreshold: Double

    /// Describes a suppression.
    ///
    /// - Parameters:
    ///   - classNames: names of the C columns of the confidences.
    ///   - iouThreshold: the IoU above which a box gives way, 0…1.
    ///   - confidenceThreshold: the lowest confidence that is kept, from 0.
    public init(classNames: [String], iouThreshold: Double, confidenceThreshold: Double) {
      self.classNames = classNames
      self.iouThreshold = iouThreshold
      self.confidenceThreshold = confidenceThreshold
    }
  }

  /// What the package is, in a line for people.
  public var summary: String
  /// The one input.
  public var image: Image
  /// The network.
  public var program: CoreMLProgram
  /// What follows the network; nil gives out what the program gives.
  public var suppression: Suppression?
  /// Texts by key, for whoever runs the network.
  public var metadata: [String: String]

  /// Creates a package of a program.
  ///
  /// - Parameters:
  ///   - summary: what the package is, in a line for people.
  ///   - image: the one input.
  ///   - program: the network.
  ///   - suppression: what follows the network; nil gives out what the program gives.
  ///   - metadata: texts by key, for whoever runs the network.
  /// - Precondition: with a suppression the program has two outputs, and confidences have a column
  ///   for each class name.
  public init(
    summary: String, image: Image, program: CoreMLProgram, suppression: Suppression? = nil,
    metadata: [String: String] = [:]
  ) {
    self.summary = summary
    self.image = image
    self.program = program
    self.suppression = suppression
    self.metadata = metadata
    guard let suppression else { return }
    let shapes = outputs.map(\.shape)
    precondition(
      shapes.count == 2 && shapes.allSatisfy { $0.count == 2 }
        && shapes[0][1] == suppression.classNames.count && shapes[1] == [shapes[0][0], 4],
      "outputs \(shapes) for \(suppression.classNames.count) classes")
  }

  /// The program's outputs with their shapes.
  var outputs: [CoreMLProgram.Value] {
    program.outputs.compactMap { name in
      program.operations.first { $0.output.name == name }?.output
    }
  }
}

// MARK: The folder

extension CoreMLPackage {
  private static let modelName = "com.apple.CoreML/model.mlmodel"
  private static let weightsFolder = "com.apple.CoreML/weights"
  /// What lies in the package. The identifiers are this project's own, so that its packages are
  /// known again.
  private static let manifest = """
    {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": {
            "5C1E5A0B-6F0E-4B52-9B9B-3B7C62C0D1A4": {
                "author": "com.apple.CoreML",
                "description": "CoreML Model Specification",
                "name": "model.mlmodel",
                "path": "\(modelName)"
            },
            "E0B3A7D2-41C6-4D0F-8E55-0C9A4F6B7E13": {
                "author": "com.apple.CoreML",
                "description": "CoreML Model Weights",
                "name": "weights",
                "path": "\(weightsFolder)"
            }
        },
        "rootModelIdentifier": "5C1E5A0B-6F0E-4B52-9B9B-3B7C62C0D1A4"
    }

    """

  /// The network, its weights and what lies where.
  private static let files = [
    "Data/\(modelName)", "Data/\(weightsFolder)/weight.bin", "Manifest.json",
  ]

  /// Says whether a folder is a package, whoever made it: it holds a manifest and what that names.
  ///
  /// - Parameter path: of anything, there or not.
  package static func isPackage(_ path: String) -> Bool {
    InputFile.size(path + "/Manifest.json") != nil && FolderListing.isFolder(path + "/Data")
  }

  /// Says whether a folder is a package that ``write(to:)`` has made, and holds nothing else.
  ///
  /// - Parameter path: of anything, there or not.
  public static func isOwn(_ path: String) -> Bool {
    guard (try? InputFile.contents(path + "/Manifest.json")) == Data(manifest.utf8) else {
      return false
    }
    let inside = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    // The Finder leaves hidden files.
    let found = inside.filter {
      !$0.lastPart.hasPrefix(".") && !FolderListing.isFolder("\(path)/\($0)")
    }
    return Set(found) == Set(files)
  }

  /// Refuses a path at which something else lies than a package that ``write(to:)`` has made.
  ///
  /// - Parameter path: of the package to be written.
  /// - Throws: `FileError` naming the path.
  public static func checkIsNewOrOwn(_ path: String) throws(FileError) {
    guard try !InputFile.isThere(path) || isOwn(path) else {
      throw FileError(
        path: path,
        reason: "expected a new path or a Core ML package of MultiBox, found another; not written"
          + " over")
    }
  }

  /// Writes the package, a folder, whole or not at all; one of this project at the path goes.
  ///
  /// Equal packages are equal byte by byte.
  ///
  /// - Parameter path: of the folder; the one around it must exist. A slash at its end is nothing.
  /// - Throws: `FileError` where it cannot be written, or something else is at the path.
  public func write(to path: String) throws {
    let path = path.withoutSlashesAtEnd
    var weights = WeightBlobs()
    let model = message(weights: &weights)
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    try Self.checkIsNewOrOwn(path)
    try AtomicFolder.write(
      [
        (Self.files[0], try model.serializedData(options: options)),
        (Self.files[1], weights.data),
        (Self.files[2], Data(Self.manifest.utf8)),
      ], to: path)
  }
}

// MARK: Messages

extension CoreMLPackage {
  static let specificationVersion: Int32 = 6

  /// - Parameter weights: gets the larger constants.
  func message(weights: inout WeightBlobs) -> CoreMLSpecModel {
    let program = program.message(
      input: CoreMLProgram.Value(image.name, shape: [1, 3, image.height, image.width]),
      weights: &weights)
    let imageFeature = CoreMLSpecFeatureDescription.with {
      $0.name = image.name
      $0.shortDescription = "Red, green, blue."
      $0.type.imageType.width = Int64(image.width)
      $0.type.imageType.height = Int64(image.height)
      $0.type.imageType.colorSpace = .rgb
    }
    var network = CoreMLSpecModel.with {
      $0.specificationVersion = Self.specificationVersion
      $0.description_p.input = [imageFeature]
      $0.description_p.output = outputs.map { .array($0.name, shape: $0.shape) }
      $0.mlProgram = program
    }
    guard let suppression else {
      network.description_p.metadata = information
      return network
    }
    let last = suppression.message(of: network.description_p.output)
    return .with {
      $0.specificationVersion = Self.specificationVersion
      $0.description_p.input = [imageFeature] + last.description_p.input.suffix(2)
      $0.description_p.output = last.description_p.output
      $0.description_p.metadata = information
      $0.pipeline.models = [network, last]
      $0.pipeline.names = ["network", "suppression"]
    }
  }

  private var information: CoreMLSpecMetadata {
    .with {
      $0.shortDescription = summary
      $0.userDefined = metadata
    }
  }
}

extension CoreMLPackage.Suppression {
  /// - Parameter inputs: confidences and boxes, as the network gives them.
  fileprivate func message(of inputs: [CoreMLSpecFeatureDescription]) -> CoreMLSpecModel {
    .with {
      $0.specificationVersion = CoreMLPackage.specificationVersion
      $0.description_p.input =
        inputs + [
          .optionalNumber(
            "iouThreshold",
            "IoU above which a box gives way to a better one of its class. Default: \(iouThreshold)"
          ),
          .optionalNumber(
            "confidenceThreshold", "Lowest confidence that is kept. Default: \(confidenceThreshold)"
          ),
        ]
      $0.description_p.output = [
        .rows(
          "confidence", columns: classNames.count, "Confidences of each box, a column a class."),
        .rows(
          "coordinates", columns: 4,
          "Centre x, centre y, width, height of each box in shares of the image."),
      ]
      $0.nonMaximumSuppression = .with {
        $0.pickTop.perClass = true
        $0.stringClassLabels.vector = classNames
        $0.iouThreshold = iouThreshold
        $0.confidenceThreshold = confidenceThreshold
        $0.confidenceInputFeatureName = inputs[0].name
        $0.coordinatesInputFeatureName = inputs[1].name
        $0.iouThresholdInputFeatureName = "iouThreshold"
        $0.confidenceThresholdInputFeatureName = "confidenceThreshold"
        $0.confidenceOutputFeatureName = "confidence"
        $0.coordinatesOutputFeatureName = "coordinates"
      }
    }
  }
}

extension CoreMLSpecFeatureDescription {
  fileprivate static func array(_ name: String, shape: [Int]) -> Self {
    .with {
      $0.name = name
      $0.type.multiArrayType.dataType = .float32
      $0.type.multiArrayType.shape = shape.map { Int64($0) }
    }
  }

  /// An array of any number of rows.
  fileprivate static func rows(_ name: String, columns: Int, _ description: String) -> Self {
    .with {
      $0.name = name
      $0.shortDescription = description
      $0.type.multiArrayType.dataType = .float32
      $0.type.multiArrayType.shapeRange.sizeRanges = [
        .with { $0.upperBound = -1 },
        .with {
          $0.lowerBound = UInt64(columns)
          $0.upperBound = Int64(columns)
        },
      ]
    }
  }

  fileprivate static func optionalNumber(_ name: String, _ description: String) -> Self {
    .with {
      $0.name = name
      $0.shortDescription = description
      $0.type.doubleType = .init()
      $0.type.isOptional = true
    }
  }
}
