import CTorch

/// LibTorch as a process-wide engine.
public enum TorchRuntime {
  /// The version of LibTorch that this is built with; the library that is loaded tells none.
  public static let version = String(cString: ct_version())

  /// Sets the number of threads that an operation may use.
  ///
  /// - Parameter count: from 1; for operations that this thread starts.
  /// - Throws: `TorchError` where the system does not let the process have so many.
  public static func setThreadCount(_ count: Int) throws(TorchError) {
    precondition(count > 0, "a thread count of \(count)")
    try TorchError.check(ct_set_thread_count(Int32(count)), "setThreadCount")
  }

  /// Lets the process keep the memory that it frees, for the steps of a training, which need the
  /// same again and again: fresh pages cost a twentieth of a step of SSD300.
  public static func keepFreedMemory() { ct_keep_freed_memory() }

  /// The number of threads that an operation may use.
  public static var threadCount: Int { Int(ct_thread_count()) }

  /// Tensors that this thread made and has not freed; a test proves with it that nothing leaks.
  public static var liveTensorCount: Int { Int(ct_live_tensor_count()) }
}
