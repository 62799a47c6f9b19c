import Datasets
import Foundation
import ImageFiles

/// The body of `POST /v2/models/NAME/infer`, as the Open Inference Protocol has it in JSON.
///
/// A detector takes one input, `image`: `UINT8 [N, H, W, 3]`, pixels of N images in RGB, row by
/// row; or `BYTES [N]`, N image files in base64. Of its outputs those are given that are asked for,
/// each once, or all.
struct InferenceRequest: Sendable {
  /// An image as it came.
  enum Image: Sendable {
    /// A whole image file.
    case file(Data)
    /// Pixels.
    case pixels(RGBImage)
  }

  /// The client's name for the request, which the answer repeats.
  private(set) var id: String?
  /// What is asked of the detections.
  private(set) var parameters = DetectionParameters()
  /// The images.
  private(set) var images: [Image] = []
  /// The outputs that are asked for; all where none is.
  private(set) var outputs = InferenceOutput.allCases

  private static let parameterNames = DetectionParameters.names.filter { $0 != "model" }

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - body: a JSON object.
  ///   - maximumPixels: of an image.
  ///   - maximumImages: as many may wait at once; more could never be looked at.
  /// - Throws: ``Refusal``.
  init(_ body: Data, maximumPixels: Int, maximumImages: Int) throws(Refusal) {
    var given = DetectionFields()
    var inputs: [Tensor] = []
    var names: [String] = []
    try JSONBody.read(body) { scanner throws(JSONProblem) in
      try scanner.eachUniqueMember { scanner, key throws(JSONProblem) in
        switch key {
        case "id": id = try scanner.characters()
        case "parameters":
          try scanner.eachUniqueMember { scanner, key throws(JSONProblem) in
            switch key {
            // What tritonclient sends by default. Answers are JSON, which it reads as well: those
            // with binary data are an extension that a server need not have.
            case "binary_data_output": _ = try scanner.truth()
            // The path names it.
            case "model": throw DetectionFields.unknown(&scanner, names: Self.parameterNames)
            default:
              try given.read(key, from: &scanner, names: Self.parameterNames)
            }
          }
        case "inputs":
          try scanner.eachElement { scanner throws(JSONProblem) in
            try scanner.require(inputs.count < 1, "one input, \(ModelMetadata.input)")
            inputs.append(try Tensor(&scanner, maximumImages: maximumImages))
          }
        case "outputs":
          let limit = InferenceOutput.allCases.count
          try scanner.eachElement { scanner throws(JSONProblem) in
            try scanner.require(names.count < limit, "\(limit) outputs at most")
            var name = ""
            try scanner.eachUniqueMember { scanner, key throws(JSONProblem) in
              if key == "name" {
                name = try scanner.characters()
              } else {
                try scanner.skip()
              }
            }
            names.append(name)
          }
        default: try scanner.skip()
        }
      }
    }
    try parameters.add(given)
    guard inputs.count == 1, let input = inputs.first, input.name == ModelMetadata.input else {
      throw Refusal(
        .invalid,
        "inputs: expected one, \(ModelMetadata.input), found"
          + " \(inputs.isEmpty ? "none" : inputs.map(\.name).joined(separator: ", "))")
    }
    images = try input.images(maximumPixels: maximumPixels, maximumImages: maximumImages)
    if !names.isEmpty { outputs = try names.map(Self.output) }
    var known: Set<InferenceOutput> = []
    for output in outputs where !known.insert(output).inserted {
      throw Refusal(.invalid, "outputs: \(output.rawValue): given twice")
    }
  }

  private static func output(_ name: String) throws(Refusal) -> InferenceOutput {
    guard let output = InferenceOutput(rawValue: name) else {
      let known = InferenceOutput.allCases.map(\.rawValue).joined(separator: ", ")
      throw Refusal(.invalid, "outputs: expected some of \(known), found \(name)")
    }
    return output
  }
}

extension InferenceRequest {
  /// An input: numbers of 8 bits, or texts.
  private struct Tensor {
    var name = ""
    private var type = ""
    private var shape: [Int] = []
    private var bytes: [UInt8] = []
    private var texts: [String] = []

    /// Reads an object of the list `inputs`.
    init(_ scanner: inout JSONScanner, maximumImages: Int) throws(JSONProblem) {
      try scanner.eachUniqueMember { scanner, key throws(JSONProblem) in
        switch key {
        case "name": name = try scanner.characters()
        case "datatype": type = try scanner.characters()
        case "shape":
          try scanner.eachElement { scanner throws(JSONProblem) in
            try scanner.require(shape.count < 4, "4 sizes at most")
            shape.append(try scanner.integer(1...Int(Int32.max)))
          }
        case "data": try readData(&scanner, maximumImages)
        // Of the tensor, as `content_type`, which one of these types says already.
        default: try scanner.skip()
        }
      }
    }

    /// Passes a list, flat or of lists.
    private mutating func readData(
      _ scanner: inout JSONScanner, _ maximumImages: Int
    ) throws(JSONProblem) {
      try scanner.eachElement { scanner throws(JSONProblem) in
        switch scanner.next() {
        case UInt8(ascii: "["): try readData(&scanner, maximumImages)
        case UInt8(ascii: "\""):
          try scanner.require(texts.count < maximumImages, "\(maximumImages) images at most")
          texts.append(try scanner.characters())
        default: bytes.append(UInt8(try scanner.integer(0...255)))
        }
      }
    }

    func images(maximumPixels: Int, maximumImages: Int) throws(Refusal) -> [Image] {
      if let count = shape.first, count > maximumImages {
        throw invalid("at most \(maximumImages) images", "\(count)")
      }
      switch type {
      case "BYTES":
        guard shape.count == 1, texts.count == shape[0], bytes.isEmpty else {
          throw invalid("BYTES [N] with N texts", "\(type) \(shape) with \(texts.count)")
        }
        return try texts.map { text throws(Refusal) in
          guard let data = Data(base64Encoded: text), !data.isEmpty else {
            throw Refusal(.invalid, "inputs: \(name): expected image files in base64")
          }
          return .file(data)
        }
      case "UINT8":
        guard shape.count == 4, shape[3] == 3 else {
          throw invalid("UINT8 [N, H, W, 3]", "\(type) \(shape)")
        }
        let (height, width) = (shape[1], shape[2])
        // Of 31 bits each: products of two fit.
        guard height * width <= maximumPixels else {
          throw invalid("at most \(maximumPixels) pixels", "\(width) × \(height)")
        }
        let size = height * width * 3
        guard bytes.count == shape[0] * size, texts.isEmpty else {
          throw invalid("\(shape[0] * size) numbers for \(shape)", "\(bytes.count)")
        }
        return (0..<shape[0]).map { index in
          let pixels = shape[0] == 1 ? bytes : Array(bytes[index * size..<(index + 1) * size])
          return .pixels(RGBImage(width: width, height: height, pixels: pixels))
        }
      default: throw invalid("datatype UINT8 or BYTES", type.isEmpty ? "none" : type)
      }
    }

    private func invalid(_ expected: String, _ found: String) -> Refusal {
      Refusal(.invalid, "inputs: \(name): expected \(expected), found \(found)")
    }
  }
}
