import Foundation
import ImageFiles

/// The pictures of a video's frames, where they are not called as CVAT saves them: a series of
/// pictures with numbers, as other programs cut a video.
///
/// CVAT counts from 0; programs such as ffmpeg count from 1. A series that begins at 1 is read so
/// where only that fits: where its last number is behind the video's last frame, or all frames with
/// objects have a picture in one way alone.
struct CVATVideoPictures {
  /// The path of each frame's picture.
  private(set) var paths: [Int: String] = [:]
  /// The reason why there are none, for a frame that has none.
  private(set) var absence: String?

  private struct Series: Hashable {
    let folder: String
    let name: String
  }

  /// Looks for a series.
  ///
  /// - Parameters:
  ///   - pictures: paths of images.
  ///   - frames: the numbers of the frames with objects.
  ///   - lastFrame: of the video; nil where nobody says it.
  init(_ pictures: [String], frames: Set<Int>, lastFrame: Int?) {
    var series: [Series: [Int: String]] = [:]
    for path in pictures {
      let stem = path.lastPart.withoutExtension
      guard let (name, number) = Self.parts(stem) else { continue }
      // Pictures that are called as CVAT calls them need no other rule.
      if CVATDocument.frameName(number) == stem { return }
      let key = Series(folder: path.parentFolder, name: name)
      guard series[key, default: [:]].updateValue(path, forKey: number) == nil else {
        absence = "two pictures have the number \(number), \(path.lastPart) is one of them"
        return
      }
    }
    guard let found = series.first?.value, let first = found.keys.min(),
      let last = found.keys.max()
    else { return }
    guard series.count == 1 else {
      absence = "\(series.count) series of numbered pictures lie there: which is the video's?"
      return
    }
    var isFromOne = lastFrame.map { first == 1 && last == $0 + 1 } ?? false
    if first == 1, !isFromOne {
      let fits = (
        zero: frames.allSatisfy { found[$0] != nil },
        one: frames.allSatisfy { found[$0 + 1] != nil }
      )
      guard fits.zero != fits.one else {
        absence = "frames count from 0 and the pictures' names from 1: which is which is not known"
        return
      }
      isFromOne = fits.one
    }
    for (number, path) in found { paths[isFromOne ? number - 1 : number] = path }
  }

  /// The number that a name ends in, and what stands before it.
  private static func parts(_ stem: String) -> (name: String, number: Int)? {
    let digits = stem.reversed().prefix { $0.isASCII && $0.isNumber }.count
    guard digits > 0, let number = Int(stem.suffix(digits)) else { return nil }
    return (String(stem.dropLast(digits)), number)
  }
}
