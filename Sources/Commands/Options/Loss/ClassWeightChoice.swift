import ArgumentParser
import Datasets
import Files
import Foundation
import MultiBox

/// Weights of classes as `--class-weights` takes them: `cat=2,dog=0.5`, or `balanced`. Behind a
/// backslash a comma is part of a name.
struct ClassWeightChoice {
  private static let option = "--class-weights"
  private static let balanced = "balanced"

  /// By class name; nil for balanced ones.
  private let weights: [(name: String, weight: Double)]?

  /// - Throws: a usage error for text that is neither.
  init(_ text: String) throws {
    guard text != Self.balanced else {
      weights = nil
      return
    }
    var weights: [(name: String, weight: Double)] = []
    let parts = text.parts(between: ",")
    for part in parts {
      // A name may have the sign, a number has not.
      guard let sign = part.lastIndex(of: "="),
        let weight = Double(part[part.index(after: sign)...].trimmingCharacters(in: .whitespaces)),
        ClassWeights.isValid(weight)
      else {
        let isPart = parts.count > 1 && !part.contains("=")
        throw ValidationError(
          "\(Self.option): expected \(Self.balanced), or class=weight with a finite weight of 0 or"
            + " more, found \(part)"
            + (isPart ? "; a comma of a name stands behind a backslash" : ""))
      }
      let name = part[..<sign].trimmingCharacters(in: .whitespaces)
      guard !weights.contains(where: { $0.name == name }) else {
        throw ValidationError("\(Self.option): expected each class once, found \(name) twice")
      }
      weights.append((name, weight))
    }
    self.weights = weights
  }

  /// Returns the weights of classes; 1 for those that are not named.
  ///
  /// - Parameters:
  ///   - classNames: the classes that there are.
  ///   - objectCounts: objects of each class in the training split; nil where nothing is trained.
  /// - Throws: a usage error for a name that no class has, and for weights without effect.
  func resolved(_ classNames: ClassNames, objectCounts: [Int]?) throws -> ClassWeights {
    var values = classNames.map { _ in 1.0 }
    if let weights {
      for (name, weight) in weights {
        // Names may stand there twice: each is a class.
        let positions = classNames.enumerated().filter { $0.element == name }.map(\.offset)
        guard !positions.isEmpty else {
          throw ValidationError(
            "\(Self.option): expected one of \(classNames.listed), found \(name)")
        }
        for position in positions { values[position] = weight }
      }
      guard values.contains(where: { $0 != 1 }) else {
        throw ValidationError("\(Self.option) has no effect: every weight is 1")
      }
      return ClassWeights(values)
    }
    guard let objectCounts else {
      throw ValidationError(
        "\(Self.option): expected class=weight, found \(Self.balanced), for which train counts the"
          + " objects of its training split")
    }
    let result = ClassWeights.balanced(objectCounts: objectCounts)
    guard !result.haveNoEffect else {
      throw ValidationError(
        "\(Self.option) \(Self.balanced) has no effect: no class has fewer objects than another")
    }
    return result
  }
}
