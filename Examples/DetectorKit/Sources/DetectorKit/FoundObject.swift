import Foundation

/// An object on a picture.
public struct FoundObject: Hashable, Sendable {
  /// The name of its class.
  public var name: String
  /// How sure the network is, 0…1.
  public var score: Double
  /// Its box in pixels of the picture, from the top left.
  public var box: CGRect

  /// Creates an object.
  ///
  /// - Parameters:
  ///   - name: the name of its class.
  ///   - score: how sure the network is, 0…1.
  ///   - box: in pixels of the picture, from the top left.
  public init(name: String, score: Double, box: CGRect) {
    self.name = name
    self.score = score
    self.box = box
  }
}
