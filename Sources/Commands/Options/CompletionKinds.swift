import ArgumentParser
import Files
import Foundation
import ImageFiles

extension CompletionKind {
  /// What `--data` names besides folders: a COCO or a YOLO file, or a shard.
  public static var labeledData: CompletionKind {
    .file(extensions: ["json", "yaml", "yml", "tar"])
  }

  /// Images, also of cameras that write in capitals.
  public static var images: CompletionKind {
    .file(extensions: ImageFile.extensions + ImageFile.extensions.map { $0.uppercased() })
  }

  /// Models that OpenVINO reads.
  public static var model: CompletionKind { .file(extensions: modelExtensions) }
  static var modelExtensions: [String] { ["onnx", "tflite", "xml"] }

  /// Names that an option knows, or a file instead. No shell completes either by itself: it asks
  /// this executable.
  public static func names(_ names: [String], orFiles extensions: [String]) -> CompletionKind {
    .custom { _, _, word in
      names.filter { $0.hasPrefix(word) } + paths(beginning: word, extensions: extensions)
    }
  }

  /// Folders, and files with one of the extensions.
  private static func paths(beginning word: String, extensions: [String]) -> [String] {
    let folder = word.lastIndex(of: "/").map { String(word[...$0]) } ?? ""
    let files = FileManager.default
    let names = (try? files.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
    return names.sorted().compactMap { name in
      let path = folder + name
      guard path.hasPrefix(word), !name.hasPrefix(".") else { return nil }
      var isFolder: ObjCBool = false
      _ = files.fileExists(atPath: path, isDirectory: &isFolder)
      if isFolder.boolValue { return path + "/" }
      return extensions.contains(name.pathExtension) ? path : nil
    }
  }
}
