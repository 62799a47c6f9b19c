// What the rules about shapes are made of.
extension NetworkGraph.Operation {
  typealias Reason = NetworkGraphError.Reason

  /// An input of a node.
  struct Operand {
    let name: String
    /// Of a value without N; of a weight all of it.
    let shape: [Int]
    let isWeight: Bool

    func value() throws(Reason) -> [Int] {
      guard !isWeight else { throw .notValue(name) }
      return shape
    }

    /// C, H, W.
    func map() throws(Reason) -> (channels: Int, height: Int, width: Int) {
      let shape = try value()
      guard shape.count == 3 else { throw wrong("[C, H, W]") }
      return (shape[0], shape[1], shape[2])
    }

    func weight(_ expected: String, isRight: ([Int]) -> Bool) throws(Reason) {
      guard isWeight else { throw .notWeight(name) }
      guard isRight(shape) else { throw wrong(expected) }
    }

    func wrong(_ expected: String) -> Reason {
      .shape(input: name, expected: expected, found: shape)
    }
  }

  static func check(_ name: String, _ value: Int, from minimum: Int) throws(Reason) {
    guard value >= minimum else {
      throw .parameter(name, expected: "at least \(minimum)", found: "\(value)")
    }
  }

  /// Positions of a square window on a map.
  struct Window {
    let stride: Int
    let padding: Int
    /// Pixels from the window's first to its last, both counted.
    let extent: Int
    let roundsUp: Bool

    init(
      kernel: Int, stride: Int, padding: Int, dilation: Int = 1, roundsUp: Bool = false
    ) throws(Reason) {
      try check("kernel", kernel, from: 1)
      try check("stride", stride, from: 1)
      try check("padding", padding, from: 0)
      try check("dilation", dilation, from: 1)
      (self.stride, self.padding, self.roundsUp) = (stride, padding, roundsUp)
      extent = dilation * (kernel - 1) + 1
    }

    func sizes(_ height: Int, _ width: Int, of input: Operand) throws(Reason) -> [Int] {
      guard min(height, width) + 2 * padding >= extent else {
        throw input.wrong("a map of \(extent - 2 * padding) pixels or more each way")
      }
      return [height, width].map { size in
        let way = size + 2 * padding - extent
        let count = way / stride + 1
        let isRest = way % stride > 0 && count * stride < size + padding
        return roundsUp && isRest ? count + 1 : count
      }
    }
  }

  static func broadcast(_ a: Operand, _ b: Operand) throws(Reason) -> [Int] {
    guard !a.isWeight || !b.isWeight else { throw .notValue(a.name) }
    let (value, other) = a.isWeight ? (b, a) : (a, b)
    var sizes = other.shape
    if other.isWeight {
      // A weight may have a place for N, and may leave out leading sizes.
      if sizes.count == value.shape.count + 1, sizes[0] == 1 { sizes.removeFirst() }
      while sizes.count < value.shape.count { sizes.insert(1, at: 0) }
    }
    guard sizes.count == value.shape.count,
      zip(sizes, value.shape).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 })
    else { throw other.wrong("sizes of \(value.shape), or 1") }
    return zip(sizes, value.shape).map { $0 == 1 ? $1 : $0 }
  }

  static func reshaped(_ input: Operand, _ sizes: [Int]) throws(Reason) -> [Int] {
    let count = try input.value().reduce(1, *)
    let known = sizes.filter { $0 != -1 }
    guard known.allSatisfy({ $0 > 0 }), sizes.count - known.count <= 1 else {
      throw .parameter("sizes", expected: "sizes from 1, one −1 at most", found: "\(sizes)")
    }
    let product = known.reduce(1, *)
    guard known.count == sizes.count ? product == count : count % product == 0 else {
      throw input.wrong("elements for \(sizes)")
    }
    return sizes.map { $0 == -1 ? count / product : $0 }
  }

  static func concatenated(_ inputs: [Operand], _ dimension: Int) throws(Reason) -> [Int] {
    var shape = try inputs[0].value()
    guard (1...max(1, shape.count)).contains(dimension), !shape.isEmpty else {
      throw .parameter("dimension", expected: "1 to \(shape.count)", found: "\(dimension)")
    }
    let axis = dimension - 1
    for input in inputs.dropFirst() {
      var other = try input.value()
      let size = other.indices.contains(axis) ? other[axis] : 0
      if other.indices.contains(axis) { other[axis] = shape[axis] }
      guard other == shape else {
        throw input.wrong("\(shape), any size in dimension \(dimension)")
      }
      shape[axis] += size
    }
    return shape
  }
}
