/// What inputs and outputs of an exported network are called.
public enum ExportedNames {
  /// `[N, 3, H, W]`.
  public static let images = "images"
  /// `[N, D, K]`.
  public static let logits = "logits"
  /// `[N, D, 4]`.
  public static let offsets = "offsets"
  /// `[M, 7]`: image, class, score, xMin, yMin, xMax, yMax.
  public static let detections = "detections"
}
