import COpenSSL

@testable import RPC

/// A peer that speaks TLS 1.2 and nothing newer, as old clients do.
struct TLS12Client {
  let directory: TemporaryDirectory

  init(_ directory: TemporaryDirectory) { self.directory = directory }

  /// The version agreed on with a server that accepts `minimum` and newer.
  func connect(minimum: TLSVersion) throws -> String {
    let certificate = try DevelopmentCertificate.make(in: directory.path)
    let server = try TLSContext(
      server: TLSConfiguration(
        certificateChainPath: certificate.certificatePath, privateKeyPath: certificate.privateKeyPath,
        minimumVersion: minimum))
    let client = try TLSContext(
      client: TLSClientConfiguration(serverName: "localhost", trust: .anybody, minimumVersion: .v1_2))
    Self.limit(client)
    let pair = try TLSPair(server: server, client: client)
    try pair.shakeHands()
    return pair.server.version
  }

  /// Lets a context speak nothing newer than TLS 1.2.
  static func limit(_ context: TLSContext) {
    SSL_CTX_ctrl(context.context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
  }
}
