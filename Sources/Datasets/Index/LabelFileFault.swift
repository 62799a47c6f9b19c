import Files
import Foundation

/// Why a file that should hold labels holds none, whatever its layout.
enum LabelFileFault {
  /// What Git puts in the place of a large file that was not fetched.
  private static let pointer = Array("version https://git-lfs.github.com/spec/".utf8)

  /// The reason why there is nothing of the file's own in it; nil where there is something.
  static func reason(_ file: String) -> String? {
    do throws(FileError) {
      let data = try InputFile.contents(file)
      if data.allSatisfy({ $0 == 32 || 9...13 ~= $0 }) {
        return "expected labels, found an empty file"
      }
      return data.starts(with: pointer)
        ? "expected labels, found a pointer of Git LFS in their place (git lfs pull)" : nil
    } catch {
      return error.reason
    }
  }

  /// The reason why a file is no text; nil for text.
  static func ofText(_ file: String) -> String? {
    do throws(FileError) {
      _ = try TextFile(file)
      return nil
    } catch {
      return error.reason
    }
  }
}
