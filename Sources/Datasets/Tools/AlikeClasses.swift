import Foundation
import MultiBox

extension ClassNames {
  /// The classes whose names differ in upper and lower case or white space alone, as `RBC` and
  /// `rbc`: most likely one class. Each group in the order of the classes.
  public var alike: [[String]] {
    var groups: [[String]] = []
    var places: [String: Int] = [:]
    for name in self {
      let key = name.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if let place = places[key] {
        // Two classes may have one name: they are told apart elsewhere.
        if !groups[place].contains(name) { groups[place].append(name) }
      } else {
        places[key] = groups.count
        groups.append([name])
      }
    }
    return groups.filter { $0.count > 1 }
  }
}
