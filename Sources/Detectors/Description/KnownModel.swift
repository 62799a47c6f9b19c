import Files
import ModelFiles

/// A detector that `make weights` brings, by a word of its own.
public enum KnownModel: String, Hashable, Sendable, CaseIterable {
  /// Faces: MediaPipe's BlazeFace for the camera at a phone's back.
  case faces

  /// The model's file.
  public var file: BroughtFile {
    switch self {
    case .faces: .faces
    }
  }

  /// The description that the file does not carry.
  public var description: KnownDescription {
    switch self {
    case .faces: .blazeFace
    }
  }

  /// Returns the path of the model's file.
  ///
  /// - Parameter option: names another model; the error of a missing file says so.
  /// - Throws: `FileError` naming the file and how to get it, where it is not there.
  public func path(option: String) throws(FileError) -> String { try file.path(option: option) }
}
