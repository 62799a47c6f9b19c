import Files
import Foundation

/// The arrays of a weights file, whatever its form: safetensors or a PyTorch checkpoint, told apart
/// by their content.
public struct WeightsFile: Sendable {
  /// The arrays by name.
  public let arrays: [String: NamedArray]
  /// Texts by key, of safetensors; empty for PyTorch's.
  public let metadata: [String: String]

  /// Reads a safetensors file or a PyTorch checkpoint.
  ///
  /// - Parameter path: of the file, whatever its extension.
  /// - Throws: `FileError` that names the file and what is wrong with it.
  public init(contentsOf path: String) throws(FileError) {
    try self.init(InputFile.contents(path), path: path)
  }

  /// Reads a safetensors file or a PyTorch checkpoint from memory.
  ///
  /// - Parameters:
  ///   - file: the bytes of a file.
  ///   - path: what errors call it.
  /// - Throws: `FileError` that names the file and what is wrong with it.
  public init(_ file: Data, path: String) throws(FileError) {
    // A safetensors header of 128 bytes begins with 0x80 as a pickle does; its ninth byte is a
    // brace.
    let isSafetensors = file.count > 8 && file[file.startIndex + 8] == UInt8(ascii: "{")
    if !isSafetensors, file.starts(with: [0x50, 0x4B]) || file.first == 0x80 {
      arrays = try PyTorchFile(file, path: path).arrays
      metadata = [:]
    } else {
      let content = try Safetensors(file, path: path)
      arrays = content.arrays
      metadata = content.metadata
    }
  }
}
