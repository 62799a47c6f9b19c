import Foundation
import SSDModels
import Torch

extension SSDNetwork {
  /// Sets running statistics that are not those of a start, so that folding is seen.
  func disturb() throws {
    for variable in store.variables where variable.kind != .weight {
      let count = variable.tensor.elementCount
      let isVariance = variable.name.hasSuffix("running_var")
      let start = try variable.tensor.floats()
      let values = (0..<count).map { index in
        let wave = Float(sin(1.7 * Double(index) + Double(variable.name.count)))
        return isVariance ? 1 + 0.3 * wave : start[index] + 0.1 * wave
      }
      try variable.tensor.assign(Tensor(values, shape: variable.tensor.shape))
    }
  }
}
