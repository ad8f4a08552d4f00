import FoundationEssentials
import Logging
import RPC

/// The server's certificate: the operator's, or one for development that is made on demand.
struct ServerCertificate: Sendable {
  private let developmentDirectory: String?
  let context: ReloadableTLSContext

  /// Reads the certificate, or makes it in the data directory.
  /// - Throws: `TLSError`, or the system's error when the data directory cannot be made.
  init(_ settings: TLSSettings, dataDirectory: String, log: Logger) throws {
    if let identity = settings.identity {
      developmentDirectory = nil
      context = try Self.context(identity, settings)
      return
    }
    try FileManager.default.createDirectory(atPath: dataDirectory, withIntermediateDirectories: true)
    let made = try DevelopmentCertificate.make(in: dataDirectory)
    log.info(
      made.isNew ? "created a development certificate" : "using the development certificate",
      metadata: ["certificate": "\(made.certificatePath)"])
    developmentDirectory = dataDirectory
    context = try Self.context(
      TLSIdentity(certificateChainPath: made.certificatePath, privateKeyPath: made.privateKeyPath), settings)
  }

  private static func context(_ identity: TLSIdentity, _ settings: TLSSettings) throws -> ReloadableTLSContext {
    try ReloadableTLSContext(
      TLSConfiguration(
        certificateChainPath: identity.certificateChainPath, privateKeyPath: identity.privateKeyPath,
        minimumVersion: settings.minimumVersion, clients: settings.clients))
  }

  /// Reads the certificate, and the clients' authorities and revocations, again, for new connections. What was read
  /// before stays when that fails.
  /// - Throws: `TLSError`.
  func reload() throws {
    if let developmentDirectory { _ = try DevelopmentCertificate.make(in: developmentDirectory) }
    try context.reload()
  }
}
