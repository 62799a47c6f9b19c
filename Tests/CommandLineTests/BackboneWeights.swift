import ModelFiles

/// Weights of a backbone without a detector's head: of torchvision's mobilenet_v2, which is told by
/// its names, the first and the last convolution, and an array that no detector has.
enum BackboneWeights {
  static func write(to path: String) throws {
    try Safetensors(arrays: [
      "features.0.0.weight": NamedArray(zeros: .float32, shape: [32, 3, 3, 3]),
      "features.18.0.weight": NamedArray(zeros: .float32, shape: [1280, 320, 1, 1]),
      "classifier.1.bias": NamedArray(zeros: .float32, shape: [1000]),
    ]).write(to: path)
  }
}
