import Commands
import Files
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import ServiceLifecycle
import Serving

/// The transport of a server: HTTP/1.1, with TLS or without.
struct ServerApplication: Sendable {
  private let server: DetectionServer
  private let application: Application<DetectionResponder>
  private let logger: Logger
  private let patience: Duration

  /// Connections without a request are closed after so many seconds.
  private static let idleSeconds: Int64 = 60
  /// Bytes behind a refusal that are read at least, so that the client sees it.
  private static let leastDiscarded = 64_000_000

  /// - Throws: `FileError` where certificate or key cannot be read.
  init(_ server: DetectionServer, options: ServeOptions, logger: Logger) throws {
    self.server = server
    self.logger = logger
    let address = options.address
    // Its own lines say what ours do.
    var quiet = logger
    quiet.logLevel = .notice
    let bodyTime = options.limits.bodyTimeout
    let responder = DetectionResponder(
      server: server, bodyTime: .seconds(bodyTime), logger: logger)
    let rules = ConnectionHandler.Rules(
      time: .nanoseconds(Int64(bodyTime * 1e9)),
      discardedBytes: max(2 * options.limits.bodyBytes, Self.leastDiscarded),
      wantsBody: responder.wantsBody, answer: responder.answer)
    var http = HTTP1Channel.Configuration(
      additionalChannelHandlers: [ConnectionHandler(rules)],
      idleTimeout: .seconds(Self.idleSeconds))
    http.httpDecoder = .init(
      maxHeaderFieldSize: 16384, maxHeaderListSize: 32768, maxHeaderFieldCount: 100)
    var builder = HTTPServerBuilder.http1(configuration: http)
    if let certificate = address.certificate, let key = address.key {
      builder = try .tls(builder, tlsConfiguration: Self.tls(certificate: certificate, key: key))
    }
    let scheme = address.certificate == nil ? "http" : "https"
    let host = address.host.contains(":") ? "[\(address.host)]" : address.host
    let usualPort = address.port
    application = Application(
      responder: responder,
      server: builder,
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: address.port),
        availableConnectionsDelegate: MaximumAvailableConnections(
          options.limits.connections, logger: quiet)),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? usualPort
        logger.info("listening", metadata: ["url": "\(scheme)://\(host):\(port)"])
      },
      logger: quiet)
    // What waits is looked at, and what is sent arrives; whoever reads nothing holds nobody up.
    patience = .seconds(options.limits.deadline + options.limits.bodyTimeout + 5)
  }

  /// Serves until SIGTERM, Ctrl-C or the end of its terminal.
  ///
  /// - Throws: `FileError` where the address cannot be listened at.
  func run() async throws {
    // Those behind are told first: no image is taken any more when connections are closed.
    var configuration = ServiceGroupConfiguration(
      services: [
        .init(service: application),
        .init(
          service: StoppingService(server: server, logger: logger),
          successTerminationBehavior: .ignore),
      ],
      gracefulShutdownSignals: [.sigterm, .sigint]
        + (Interruption.ignoresHangUp ? [] : [.sighup]), logger: logger)
    configuration.maximumGracefulShutdownDuration = patience
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch let error as IOError {
      throw FileError(path: "address", reason: error.description)
    }
  }

  private static func tls(certificate: String, key: String) throws -> TLSConfiguration {
    func read<Value>(_ path: String, _ expected: String, _ read: ([UInt8]) throws -> Value) throws
      -> Value
    {
      let bytes = [UInt8](try InputFile.contents(path))
      do {
        return try read(bytes)
      } catch {
        throw FileError(path: path, reason: "expected \(expected) in PEM, found none: \(error)")
      }
    }
    let chain = try read(certificate, "certificates") { try NIOSSLCertificate.fromPEMBytes($0) }
    let privateKey = try read(key, "a private key") {
      try NIOSSLPrivateKey(bytes: $0, format: .pem)
    }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
    // Those before are deprecated (RFC 8996).
    configuration.minimumTLSVersion = .tlsv12
    // The transport would say so too, but later, and not of which file.
    do {
      _ = try TLSChannel(HTTP1Channel { _, _, _ in }, tlsConfiguration: configuration)
    } catch {
      throw FileError(
        path: key, reason: "expected the private key of \(certificate), found another: \(error)")
    }
    return configuration
  }
}

/// Lets a server refuse images as soon as the process is asked to end.
private struct StoppingService: Service, CustomStringConvertible {
  let server: DetectionServer
  let logger: Logger
  let description = "StoppingService"

  func run() async throws {
    try? await gracefulShutdown()
    logger.info("stopping: what has come is looked at")
    server.stop()
  }
}
