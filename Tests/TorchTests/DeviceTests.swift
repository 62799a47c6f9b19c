import Foundation
import Testing

@testable import Torch

struct DeviceTests {
  @Test(arguments: [
    ("cpu", Device.cpu), ("cuda", .cuda(0)), ("cuda:0", .cuda(0)), ("cuda:1", .cuda(1)),
    ("cuda:12", .cuda(12)),
  ])
  func devicesAreReadFromTheirText(text: String, device: Device) {
    #expect(Device(rawValue: text) == device)
    #expect(Device(rawValue: device.description) == device)
  }

  @Test(arguments: [
    "", "CPU", "cpu:0", "gpu", "cuda:", "cuda:-1", "cuda:+1", "cuda:01", "cuda:1 ", "cuda:x",
    "cuda:99999999999999999999",
  ])
  func otherTextIsNoDevice(text: String) {
    #expect(Device(rawValue: text) == nil)
  }

  @Test func filesHoldTheText() throws {
    let data = try JSONEncoder().encode([Device.cpu, .cuda(1)])
    #expect(String(decoding: data, as: UTF8.self) == #"["cpu","cuda:1"]"#)
    #expect(try JSONDecoder().decode([Device].self, from: data) == [.cpu, .cuda(1)])
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Device].self, from: Data(#"["tpu"]"#.utf8))
    }
  }

  @Test func whatIsMadeOfATensorLiesWhereItLies() throws {
    let tensor = try Tensor.full([2, 3, 4, 4], 1, on: .cpu)
    #expect(tensor.device == .cpu)
    #expect(try tensor.emptyLike().device == .cpu)
    #expect(try tensor.channelsLast().relu().device == .cpu)
    #expect(try tensor.moved(to: .cpu).floats() == tensor.floats())
  }

  // The device behind the last one is missing on every machine; here that is cuda:0.
  @Test func aMissingDeviceIsAnErrorThatSaysWhatThereIs() throws {
    let count = Device.cudaCount
    let missing = Device.cuda(count)
    #expect(!missing.isAvailable && !Device.cuda(-1).isAvailable && Device.cpu.isAvailable)
    let attempts: [() throws -> Tensor] = [
      { try Tensor([1], shape: [1], on: missing) },
      { try Tensor(integers: [1], shape: [1], on: missing) },
      { try Tensor(channelsLast: [1], shape: [1, 1, 1, 1], on: missing) },
      { try Tensor.full([1], 1, on: missing) },
      { try Tensor.full([1], 1).moved(to: missing) },
    ]
    for attempt in attempts {
      let error = #expect(throws: TorchError.self) { try attempt() }
      #expect(error?.operation == "device cuda:\(count)")
      #expect(
        error?.message.contains(count == 0 ? "found none" : "cuda:0 to cuda:\(count - 1)") == true)
    }
    #expect(!BFloat16.isNative(on: missing))
  }

  // Where gradients are written before they are moved: the loss writes row by row.
  @Test func whatIsFilledOnTheHostHasTheShapeRowByRow() throws {
    let images = try Tensor.full([2, 3, 4, 4], 1).channelsLast()
    let host = try images.emptyOnHost()
    #expect(host.shape == [2, 3, 4, 4] && host.device == .cpu && host.elementType == .float32)
    try host.withMutableFloats { for index in $0.indices { $0[index] = Float(index) } }
    #expect(try host.floats() == (0..<96).map(Float.init))
    #expect(try Tensor(integers: [1], shape: [1]).emptyOnHost().elementType == .int64)
  }

  // What a tensor of another device would go through, on the CPU.
  @Test func floatsOfAnotherDeviceAreCopiedAndWhatIsWrittenIsCopiedBack() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(try tensor.withCopiedFloats { Array($0) } == [1, 2, 3, 4, 5, 6])
    let sum = try tensor.withWrittenFloats { elements in
      elements[4] = 50
      return elements.reduce(0, +)
    }
    #expect(sum == 66)
    #expect(try tensor.floats() == [1, 2, 3, 4, 50, 6])
  }

  // Of the transposed one, in the order of its rows.
  @Test func whatIsCopiedBackFollowsTheLayout() throws {
    let tensor = try Tensor([1, 2, 3, 4], shape: [2, 2])
    let transposed = try tensor.permuted([1, 0])
    try transposed.withWrittenFloats { $0[1] = 7 }
    #expect(try transposed.floats() == [1, 7, 2, 4])
    #expect(try tensor.floats() == [1, 2, 7, 4])
  }
}
