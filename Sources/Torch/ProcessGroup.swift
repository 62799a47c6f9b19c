import CTorch

/// Processes that train one network together.
///
/// They talk by LibTorch's c10d and Gloo; tensors of a GPU go through the host's memory or, after
/// ``connectNCCL(on:)``, from GPU to GPU. Everything that a group does is a collective: each
/// process must call the same functions in the same order, with tensors of the same shapes.
///
/// Every collective has the group's time. One that fails, because a process ended, stopped or was
/// cut off, throws within it a ``TorchError`` that says in one line which collective it was, after
/// how long it failed, and which ranks are missing: those that did not tell the store in the last
/// quarter of the time (5 seconds at most) that they failed too. From then on every collective of
/// the group fails at once, with the same message.
///
/// The environment's `GLOO_SOCKET_IFNAME` chooses the network interface; by default it is that of
/// the host's name.
///
/// Before the process of the store's server lets the group go, a ``barrier(_:)`` makes sure that
/// nobody needs it any more. Not `Sendable`: a group belongs to the thread that computes.
public final class ProcessGroup {
  let handle: CTProcessGroup
  /// The number of this process, from 0.
  public let rank: Int
  /// How many processes there are.
  public let size: Int

  /// Waits until all processes are there and connects them.
  ///
  /// - Parameters:
  ///   - store: where they find each other.
  ///   - prefix: tells this group apart from others that use the same store, before or after it.
  ///   - rank: the number of this process, from 0; of each one another.
  ///   - size: how many processes there are.
  ///   - timeout: how long this and every collective may take, a millisecond or more.
  /// - Throws: ``TorchError`` that names the ranks which did not come.
  /// - Precondition: `rank` is in 0 ..< `size`.
  public init(
    store: ProcessStore, prefix: String = "", rank: Int, size: Int, timeout: Duration
  ) throws(TorchError) {
    precondition((0..<size).contains(rank), "rank \(rank) of \(size) processes")
    let milliseconds = Self.milliseconds(timeout)
    var result = CTProcessGroup(pointer: nil)
    let status =
      switch store {
      case .tcp(let host, let port, let isServer):
        if let port = UInt16(exactly: port), port > 0 {
          ct_process_group_by_server(
            host, port, isServer, prefix, Int32(rank), Int32(size), milliseconds, &result)
        } else {
          throw TorchError(
            operation: "process group",
            message: "the store at \(host) has the port \(port), expected one of 1 to 65535")
        }
      case .file(let path):
        ct_process_group_by_file(
          path, prefix, Int32(rank), Int32(size), milliseconds, &result)
      }
    try TorchError.check(status, "process group")
    handle = result
    self.rank = rank
    self.size = size
  }

  deinit {
    ct_process_group_free(handle)
  }

  private static func milliseconds(_ timeout: Duration) -> Int64 {
    let milliseconds = Int64((timeout / .milliseconds(1)).rounded())
    precondition(milliseconds > 0, "a timeout of \(timeout)")
    return milliseconds
  }

  /// Gives the collectives that follow another time: processes that begin may take longer than
  /// those that compute. Each process must call it at the same place.
  ///
  /// - Parameter timeout: how long every collective may take, a millisecond or more.
  public func setTimeout(_ timeout: Duration) {
    ct_process_group_set_timeout(handle, Self.milliseconds(timeout))
  }

  /// The time that this process has spent in collectives so far, waiting for the others.
  public var waitingTime: Duration { .seconds(ct_process_group_waiting_seconds(handle)) }

  // MARK: NCCL

  /// The version of NCCL that this is built with; nil where it is not built in.
  public static let ncclVersion = ct_nccl_version().map { String(cString: $0) }

  /// The device whose tensors go by NCCL; nil where none do.
  public private(set) var ncclDevice: Device?

  /// Lets tensors of this process's CUDA device go by NCCL from now on, from GPU to GPU: those that
  /// are summed and broadcast, by ``GradientReducer`` too, and the statistics of synchronized
  /// normalizations. Numbers and bytes still go by Gloo.
  ///
  /// A collective. Sums are the same bits in each process, in an order of additions that NCCL
  /// chooses. A process that waits for NCCL learns of the end of another where that breaks a
  /// connection of NCCL's, as between machines; else after the group's time.
  ///
  /// Not verified on a GPU: built and linked with LibTorch 2.15 and NCCL 2.30 alone.
  ///
  /// - Parameter device: a CUDA device, of each process another GPU.
  /// - Throws: ``TorchError`` where NCCL is not built in, or cannot connect the processes.
  public func connectNCCL(on device: Device) throws(TorchError) {
    try device.checkAvailable()
    try TorchError.check(
      ct_process_group_connect_nccl(handle, device.index), "connection by NCCL")
    ncclDevice = device
  }

  // MARK: Tensors

  /// Replaces tensors by their sums over all processes, the same bits in each of them and, without
  /// NCCL, in every run.
  ///
  /// - Parameter tensors: float32, bfloat16 (which is summed in float32 and rounded once) or int64.
  public func sum(_ tensors: [Tensor]) throws(TorchError) {
    let handles = tensors.map(\.handle)
    defer { withExtendedLifetime(tensors) {} }
    try TorchError.check(
      ct_process_group_sum(handle, handles, Int32(handles.count)), "sum over processes")
  }

  /// Overwrites tensors with those of one process.
  ///
  /// - Parameters:
  ///   - tensors: of any layout; in all processes of the same shapes and element types.
  ///   - source: the rank whose tensors stay.
  public func broadcast(_ tensors: [Tensor], from source: Int) throws(TorchError) {
    let handles = tensors.map(\.handle)
    defer { withExtendedLifetime(tensors) {} }
    try TorchError.check(
      ct_process_group_broadcast(handle, handles, Int32(handles.count), Int32(source)),
      "broadcast to processes")
  }

  // MARK: Numbers and bytes

  /// Returns the sums of numbers over all processes, added in the order of ranks.
  ///
  /// - Parameter values: as many in each process.
  public func sum(_ values: [Double]) throws(TorchError) -> [Double] {
    var result = values
    try TorchError.check(
      ct_process_group_sum_doubles(handle, &result, Int64(result.count)), "sum over processes")
    return result
  }

  /// Returns the bytes that each process gives, in the order of ranks, in all of them.
  ///
  /// - Parameter bytes: of any length, which may be another in each process.
  public func gather(_ bytes: [UInt8]) throws(TorchError) -> [[UInt8]] {
    var result: [[UInt8]] = []
    let status = withUnsafeMutablePointer(to: &result) {
      ct_process_group_gather_bytes(handle, bytes, Int64(bytes.count), Self.append, $0)
    }
    try TorchError.check(status, "gather from processes")
    return result
  }

  /// Returns the bytes that one process gives, in all of them.
  ///
  /// - Parameters:
  ///   - bytes: what the process `source` gives; those of others are not looked at and may be nil.
  ///   - source: a rank.
  /// - Precondition: the process `source` gives some.
  public func broadcast(
    _ bytes: [UInt8]?, from source: Int
  ) throws(TorchError) -> [UInt8] {
    precondition(rank != source || bytes != nil, "rank \(source) broadcasts no bytes")
    let given = bytes ?? []
    var result: [[UInt8]] = []
    let status = withUnsafeMutablePointer(to: &result) {
      ct_process_group_broadcast_bytes(
        handle, given, Int64(given.count), Int32(source), Self.append, $0)
    }
    try TorchError.check(status, "broadcast to processes")
    return result[0]
  }

  private static let append: CTBytesTaker = { context, _, bytes, count in
    context?.assumingMemoryBound(to: [[UInt8]].self).pointee
      .append(Array(UnsafeBufferPointer(start: bytes, count: Int(count))))
  }

  /// Waits until every process has come here.
  ///
  /// - Parameter name: what the processes wait for, for the message where one does not come.
  public func barrier(_ name: String) throws(TorchError) {
    try TorchError.check(ct_process_group_barrier(handle, name), "barrier of processes")
  }
}
