import Files
import Foundation
import SwiftProtobuf

/// The classes that stand beside TensorFlow's records: `item { id: 1 name: 'cat' }`.
struct TFRecordLabelMap: Sendable {
  /// The names by rising id.
  let names: [String]
  /// For each id its class, 1…
  private let classes: [Int: Int]
  /// For each name, and each name to show, its class.
  private let byName: [String: Int]

  /// Reads a label map.
  ///
  /// Ids count from 1; where an item has 0, it is TensorFlow's background and no class. Names that
  /// are codes, as Open Images' `/m/01yrx`, are shown as `display_name` says.
  ///
  /// - Throws: `FileError` naming what is not understood.
  init(contentsOf path: String) throws(FileError) {
    var options = TextFormatDecodingOptions()
    options.ignoreUnknownFields = true
    let text = try TextFile(path).text
    let map: TensorFlowLabelMap
    do {
      map = try TensorFlowLabelMap(textFormatString: text, options: options)
    } catch {
      throw FileError(path: path, reason: "not a label map in protobuf's text format: \(error)")
    }
    var classes: [Int: Int] = [:]
    var byName: [String: Int] = [:]
    var names: [String] = []
    for item in map.item.sorted(by: { $0.id < $1.id }) where item.id != 0 {
      let isCode = item.name.isEmpty || item.name.hasPrefix("/")
      let name = isCode && !item.displayName.isEmpty ? item.displayName : item.name
      guard !name.isBlank else {
        throw FileError(path: path, reason: "item of id \(item.id): expected a name, found none")
      }
      names.append(name)
      guard classes.updateValue(names.count, forKey: Int(item.id)) == nil else {
        throw FileError(path: path, reason: "a second item of id \(item.id)")
      }
      for known in [name, item.name, item.displayName] where byName[known] == nil {
        byName[known] = names.count
      }
    }
    guard !names.isEmpty else {
      throw FileError(path: path, reason: "expected items with an id from 1, found none")
    }
    self.names = names
    self.classes = classes
    self.byName = byName
  }

  /// The class of an id; nil for an id that no item has.
  subscript(id: Int) -> Int? { classes[id] }
  /// The class of a name; nil for a name that no item has.
  subscript(name: String) -> Int? { byName[name] }
}
