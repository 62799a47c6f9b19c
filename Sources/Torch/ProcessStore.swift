/// The place where the processes of a training find each other, before they are connected.
public enum ProcessStore: Hashable, Sendable {
  /// A server at a host and port.
  ///
  /// - Parameters:
  ///   - host: a name or an address that all processes reach.
  ///   - port: the server's.
  ///   - isServer: this process opens it: one of them, rank 0 by custom; none where a server runs
  ///     already, as torchrun's agent says with `TORCHELASTIC_USE_AGENT_STORE=True`.
  case tcp(host: String, port: Int, isServer: Bool)
  /// A file that all processes see, on a file system with locks.
  ///
  /// It must not be left over from an earlier run.
  ///
  /// - Parameter path: the file, which is made where it is not there.
  case file(path: String)
}
