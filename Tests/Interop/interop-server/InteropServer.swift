internal import ArgumentParser
internal import EventLoop
internal import Foundation
internal import RPC

/// Serves `grpc.testing.TestService`, for other implementations' clients to test our runtime.
@main
struct InteropServer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "interop-server",
    abstract: "Serve grpc.testing.TestService, the official interoperability suite's, until SIGTERM or Ctrl-C.",
    discussion: """
      With --tls and no certificate of yours, a development certificate for localhost is made in the directory that \
      --certificate-directory names; clients may take it as their trust root.
      """)

  /// Calls that last longer than this after a stop are cut.
  private static let grace: Duration = .seconds(2)

  @Option(help: "Where to listen; port 0 takes a free one, which is printed.")
  var listen = "127.0.0.1:10000"

  @Flag(help: "Speak TLS.")
  var tls = false

  @Option(help: ArgumentHelp("PEM file of the server's certificate and its intermediates.", valueName: "file"))
  var certificate: String?

  @Option(help: ArgumentHelp("PEM file of the certificate's private key.", valueName: "file"))
  var key: String?

  @Option(help: ArgumentHelp("Where a development certificate is kept.", valueName: "directory"))
  var certificateDirectory = "."

  @Option(help: "Event loops.")
  var loops = EventLoopGroup.processorCount

  func validate() throws {
    guard loops > 0 else { throw ValidationError("--loops must be at least 1") }
    guard (certificate == nil) == (key == nil) else {
      throw ValidationError("--certificate and --key belong together")
    }
    guard tls || certificate == nil else { throw ValidationError("--certificate has no effect without --tls") }
    guard ListenAddress(listen) != nil else { throw ValidationError("\(listen) is not HOST:PORT") }
  }

  func run() async throws {
    let signals = ProcessSignals.watch()
    let reports = LoadReports()
    let server = RPCServer(
      group: EventLoopGroup(count: loops),
      services: [TestServiceHandlers(loadReports: reports), LoadReporting(reports: reports)],
      interceptors: [MetadataEcho()], limits: Self.limits)
    let bound = try await server.listen(on: try endpoint())
    StandardStream.output.write("interop-server is listening on \(bound)\(tls ? " with TLS" : "")\n")
    for await signal in signals where signal == .stop { break }
    await server.shutdown(grace: Self.grace)
  }

  /// The suite's client sends more large requests at once than a server takes of one address: a gigabyte is enough, of
  /// which an address may have a quarter.
  private static var limits: RPCLimits {
    var limits = RPCLimits()
    limits.heldRequestBytesInAllMax = 1024 * 1024 * 1024
    limits.heldRequestBytesPerAddressMax = limits.heldRequestBytesInAllMax
    return limits
  }

  private func endpoint() throws -> RPCServer.Endpoint {
    guard let address = ListenAddress(listen) else { throw ValidationError("\(listen) is not HOST:PORT") }
    return tls ? .tls(address, try ReloadableTLSContext(try identity())) : .clearText(address)
  }

  private func identity() throws -> TLSConfiguration {
    if let certificate, let key {
      return TLSConfiguration(certificateChainPath: certificate, privateKeyPath: key, minimumVersion: .v1_2)
    }
    let made = try DevelopmentCertificate.make(in: certificateDirectory)
    return TLSConfiguration(
      certificateChainPath: made.certificatePath, privateKeyPath: made.privateKeyPath, minimumVersion: .v1_2)
  }
}
