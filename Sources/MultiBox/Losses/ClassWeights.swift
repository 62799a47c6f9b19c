/// Factors of the classes in L_conf.
///
/// Value and gradient of the confidence term of a default box that learns class c are multiplied by
/// w_c, all its logits alike. Nothing else is weighted: L_loc is not, the background keeps 1
/// (``HardNegativeMining`` and the focal terms say how much of it is learned), and N stays the
/// number of positives. Mining ranks by the loss without weights; as it chooses among background
/// alone, which has one weight, no other order is possible.
///
/// - SeeAlso: Cui et al., "Class-Balanced Loss" (arXiv:1901.05555), §4, which weights the terms of
///   softmax, sigmoids and focal loss so.
public struct ClassWeights: Hashable, Sendable {
  /// w_c of each class, that of class 1 first.
  public let values: [Double]

  /// Creates weights.
  ///
  /// - Parameter values: one for each class, that of class 1 first; 0 or more, and finite as
  ///   `Float`.
  /// - Precondition: every value is in that range.
  public init(_ values: [Double]) {
    precondition(values.allSatisfy(Self.isValid), "class weights \(values)")
    self.values = values
  }

  /// Returns weights that are the larger the rarer a class is: n / (C · n_c).
  ///
  /// n is the number of objects, n_c that of class c and C the number of classes that have objects.
  /// So all classes weigh as much, and the mean over the objects is 1. A class without objects
  /// keeps 1.
  ///
  /// - Parameter objectCounts: n_c of each class, that of class 1 first; 0 or more.
  public static func balanced(objectCounts: [Int]) -> ClassWeights {
    let total = Double(objectCounts.reduce(0, +))
    let classes = Double(objectCounts.count { $0 > 0 })
    return ClassWeights(objectCounts.map { $0 > 0 ? total / (classes * Double($0)) : 1 })
  }

  /// The weight of a class.
  ///
  /// - Parameter classIndex: 1…classCount.
  public subscript(classIndex: Int) -> Double { values[classIndex - 1] }

  /// True if no class has another weight than 1.
  public var haveNoEffect: Bool { values.allSatisfy { $0 == 1 } }

  /// Says whether a number can be a weight: 0 or more, and finite as `Float`, which training
  /// computes in.
  ///
  /// - Parameter value: any number.
  public static func isValid(_ value: Double) -> Bool { value >= 0 && Float(value).isFinite }

  /// - Parameter logitCount: K; what it is where there are no default boxes limits nothing.
  /// - Throws: ``InputError/countMismatch(argument:expected:found:)``.
  func check(logitCount: Int) throws(InputError) {
    guard logitCount == .max || values.count == logitCount - 1 else {
      throw InputError.countMismatch(
        argument: "classWeights", expected: "\(logitCount - 1) (one a class)",
        found: values.count)
    }
  }
}
