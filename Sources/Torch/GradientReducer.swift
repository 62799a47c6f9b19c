import CTorch

/// Sums gradients over the processes of a group while the backward pass still computes others.
///
/// It sums and does not average: a loss that is divided by the number of positives of all processes
/// has gradients that are summed.
///
/// ```swift
/// try reducer.begin()
/// try loss.backward()
/// try reducer.finish()
/// ```
///
/// Parameters go in buckets from the last to the first, whose sums begin in this order as soon as
/// their gradients are there, beside other collectives of the group, and give the same bits in
/// every run. A gradient that no process has stays away; one that some of them lack counts as 0
/// there. Where gradients are accumulated, `begin` stands before the last backward pass of a step,
/// and what earlier ones have added up is summed with it.
public final class GradientReducer {
  private let handle: CTGradientReducer
  private let group: ProcessGroup

  /// Watches over the parameters that require a gradient now; the others are left out.
  ///
  /// A collective, which compares the parameters of all processes.
  ///
  /// - Parameters:
  ///   - parameters: float32 leaves, in each process the same ones.
  ///   - group: the processes.
  ///   - bucketByteCount: the bytes of gradients that are summed together, from 1; a larger
  ///     parameter has a bucket of its own.
  /// - Throws: ``TorchError`` that names a rank whose parameters are others.
  public init(
    parameters: [Tensor], group: ProcessGroup, bucketByteCount: Int = 4 << 20
  ) throws(TorchError) {
    let handles = parameters.map(\.handle)
    defer { withExtendedLifetime(parameters) {} }
    var result = CTGradientReducer(pointer: nil)
    try TorchError.check(
      ct_gradient_reducer_new(
        group.handle, handles, Int32(handles.count), Int64(bucketByteCount), &result),
      "gradient reducer")
    handle = result
    self.group = group
  }

  deinit {
    ct_gradient_reducer_free(handle)
  }

  /// Lets the next backward pass sum the gradients that it completes.
  public func begin() throws(TorchError) {
    try TorchError.check(ct_gradient_reducer_begin(handle), "gradient reducer")
  }

  /// Waits for the sums and puts them in the gradients' place.
  ///
  /// - Throws: ``TorchError`` where ``begin()`` was not called, or a process is missing.
  public func finish() throws(TorchError) {
    try TorchError.check(ct_gradient_reducer_finish(handle), "sum of gradients")
  }

  /// The time spent in ``finish()`` so far waiting for sums: what the backward pass did not hide.
  public var waitingTime: Duration { .seconds(ct_gradient_reducer_waiting_seconds(handle)) }
}
