import Synchronization

/// The client of a connection, who may go while an answer is made for it.
final class ConnectionClient: Sendable {
  private struct State {
    var isGone = false
    /// Connections have one request at a time.
    var onLeave: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// Says that the client is gone, or has closed its side: it waits for nothing more.
  func leave() {
    let onLeave = state.withLock { state in
      state.isGone = true
      return state.onLeave
    }
    onLeave?()
  }

  /// Returns what `body` does, which is cancelled when the client is gone.
  func whileThere<Value: Sendable>(
    _ body: @escaping @Sendable () async -> Value
  ) async -> Value {
    let task = Task { await body() }
    let isGone = state.withLock { state in
      state.onLeave = { task.cancel() }
      return state.isGone
    }
    if isGone { task.cancel() }
    defer { state.withLock { $0.onLeave = nil } }
    return await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
  }
}
