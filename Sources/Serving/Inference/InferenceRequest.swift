import Datasets
import Foundation
import ImageFiles

/// The body of `POST /v2/models/NAME/infer`, as the Open Inference Protocol has it: JSON, or JSON
/// and behind it the input's bytes, which is the protocol's extension for binary data.
///
/// A detector takes one input, `image`: `UINT8 [N, H, W, 3]`, pixels of N images in RGB, row by
/// row; or `BYTES [N]`, N image files, in JSON in base64. Of its outputs those are given that are
/// asked for, each once, or ``InferenceOutput/usual``.
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
  /// The outputs that are asked for; the usual ones where none is.
  private(set) var outputs: [Output] = []

  /// An output, and how it comes.
  struct Output: Hashable, Sendable {
    /// Which one.
    let output: InferenceOutput
    /// As bytes behind the JSON.
    let isBinary: Bool
  }

  private static let parameterNames = DetectionParameters.names.filter { $0 != "model" }

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - body: a JSON object, and perhaps bytes behind it.
  ///   - jsonLength: the value of `Inference-Header-Content-Length`, how many bytes are JSON; nil
  ///     for all.
  ///   - limits: of images; of more than may wait at once some could never be looked at.
  /// - Throws: ``Refusal``.
  init(
    _ body: Data, jsonLength: String? = nil, limits: ServerLimits
  ) throws(Refusal) {
    var given = DetectionFields()
    var inputs: [Tensor] = []
    var asked: [(name: String, isBinary: Bool?)] = []
    var isBinary = false
    let count = try Self.jsonCount(jsonLength, in: body)
    try JSONBody.read(body.prefix(count)) { scanner throws(JSONProblem) in
      try scanner.eachUniqueMember { scanner, key throws(JSONProblem) in
        switch key {
        case "id": id = try scanner.characters()
        case "parameters":
          try scanner.eachUniqueMember { scanner, key throws(JSONProblem) in
            switch key {
            case "binary_data_output": isBinary = try scanner.truth()
            // The path names it.
            case "model": throw DetectionFields.unknown(&scanner, names: Self.parameterNames)
            default:
              try given.read(key, from: &scanner, names: Self.parameterNames)
            }
          }
        case "inputs":
          try scanner.eachElement { scanner throws(JSONProblem) in
            try scanner.require(inputs.count < 1, "one input, \(ModelMetadata.input)")
            inputs.append(try Tensor(&scanner, maximumImages: limits.waiting))
          }
        case "outputs":
          let limit = InferenceOutput.allCases.count
          try scanner.eachElement { scanner throws(JSONProblem) in
            try scanner.require(asked.count < limit, "\(limit) outputs at most")
            asked.append(try Self.output(&scanner))
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
    images = try input.images(behind: body.dropFirst(count), limits: limits)
    outputs = try asked.map { name, itsBinary throws(Refusal) in
      Output(output: try Self.output(name), isBinary: itsBinary ?? isBinary)
    }
    if outputs.isEmpty {
      outputs = InferenceOutput.usual.map { Output(output: $0, isBinary: isBinary) }
    }
    var known: Set<InferenceOutput> = []
    for output in outputs where !known.insert(output.output).inserted {
      throw Refusal(.invalid, "outputs: \(output.output.rawValue): given twice")
    }
  }

  /// The bytes of a body that are JSON.
  private static func jsonCount(_ text: String?, in body: Data) throws(Refusal) -> Int {
    guard let text else { return body.count }
    guard let count = Int(text), (0...body.count).contains(count) else {
      throw Refusal(
        .malformed,
        "Inference-Header-Content-Length: expected 0…\(body.count), the bytes of the body, found"
          + " \(text)")
    }
    return count
  }

  /// Reads an object of the list `outputs`.
  private static func output(
    _ scanner: inout JSONScanner
  ) throws(JSONProblem) -> (name: String, isBinary: Bool?) {
    var name = ""
    var isBinary: Bool?
    try scanner.eachUniqueMember { scanner, key throws(JSONProblem) in
      switch key {
      case "name": name = try scanner.characters()
      case "parameters":
        try scanner.eachUniqueMember { scanner, key throws(JSONProblem) in
          // Others, as classification and shared memory, would change what the client gets.
          guard key == "binary_data" else {
            throw DetectionFields.unknown(&scanner, names: ["binary_data"])
          }
          isBinary = try scanner.truth()
        }
      default: try scanner.skip()
      }
    }
    return (name, isBinary)
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
    /// The bytes behind the JSON that are its data; nil where JSON has them.
    private var binarySize: Int?

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
        case "parameters":
          try scanner.eachUniqueMember { scanner, key throws(JSONProblem) in
            if key == "binary_data_size" {
              binarySize = try scanner.integer(0...Int(Int32.max))
            } else {
              // As `content_type`, which one of these types says already.
              try scanner.skip()
            }
          }
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

    /// - Parameter data: what stands behind the JSON.
    func images(behind data: Data, limits: ServerLimits) throws(Refusal) -> [Image] {
      guard data.count == binarySize ?? 0 else {
        throw invalid("\(binarySize ?? 0) bytes behind the JSON", "\(data.count)")
      }
      guard binarySize == nil || bytes.isEmpty && texts.isEmpty else {
        throw invalid("either data or binary_data_size", "both")
      }
      if let count = shape.first, count > limits.waiting {
        throw invalid("at most \(limits.waiting) images", "\(count)")
      }
      switch type {
      case "BYTES":
        if binarySize != nil { return try files(in: data) }
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
        guard limits.allow(width: width, height: height) else {
          throw invalid(limits.sizes, "\(width) × \(height)")
        }
        let size = height * width * 3
        let found = binarySize ?? bytes.count
        guard found == shape[0] * size, texts.isEmpty else {
          throw invalid("\(shape[0] * size) numbers for \(shape)", "\(found)")
        }
        return (0..<shape[0]).map { index in
          let range = index * size..<(index + 1) * size
          let pixels =
            if binarySize != nil {
              [UInt8](data.dropFirst(range.lowerBound).prefix(size))
            } else {
              shape[0] == 1 ? bytes : Array(bytes[range])
            }
          return .pixels(RGBImage(width: width, height: height, pixels: pixels))
        }
      default: throw invalid("datatype UINT8 or BYTES", type.isEmpty ? "none" : type)
      }
    }

    /// The elements of `BYTES` in binary data: the length of each, 4 bytes, the lowest first, and
    /// so many bytes.
    private func files(in data: Data) throws(Refusal) -> [Image] {
      guard shape.count == 1 else { throw invalid("BYTES [N]", "\(type) \(shape)") }
      var images: [Image] = []
      var rest = data
      while !rest.isEmpty {
        guard images.count < shape[0] else {
          throw invalid("BYTES [N] with N files", "\(type) \(shape) with more")
        }
        guard rest.count >= 4 else { throw invalid("a length of 4 bytes", "\(rest.count)") }
        let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(4)
        guard length <= rest.count else {
          throw invalid("a file of \(length) bytes", "\(rest.count)")
        }
        guard length > 0 else { throw invalid("image files", "an empty one") }
        images.append(.file(Data(rest.prefix(length))))
        rest = rest.dropFirst(length)
      }
      guard shape == [images.count] else {
        throw invalid("BYTES [N] with N files", "\(type) \(shape) with \(images.count)")
      }
      return images
    }

    private func invalid(_ expected: String, _ found: String) -> Refusal {
      Refusal(.invalid, "inputs: \(name): expected \(expected), found \(found)")
    }
  }
}
