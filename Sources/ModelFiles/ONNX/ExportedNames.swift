/// The names of inputs and outputs of an exported network.
public enum ExportedNames {
  /// The input `[N, 3, H, W]`.
  public static let images = "images"
  /// The output `[N, D, K]`, background first.
  public static let logits = "logits"
  /// The output `[N, D, 4]`, relative to the default boxes.
  public static let offsets = "offsets"
  /// The output `[M, 7]` of a network that decodes: image, class, score, xMin, yMin, xMax, yMax.
  public static let detections = "detections"
}
