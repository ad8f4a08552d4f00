import FoundationEssentials
import Logging
import RPC

/// The certificate that TLS shows: the operator's, or one for development that is made when it is needed.
struct ServerCertificate: Sendable {
  private let developmentDirectory: String?
  let context: ReloadableTLSContext

  /// Reads the certificate, or makes it in the data directory.
  /// - Throws: `TLSError`, or the system's error when the data directory cannot be made.
  init(_ settings: ServeSettings, dataDirectory: String, log: Logger) throws {
    if let certificate = settings.certificate {
      developmentDirectory = nil
      context = try ReloadableTLSContext(
        TLSConfiguration(certificateChainPath: certificate.chainPath, privateKeyPath: certificate.keyPath))
      return
    }
    try FileManager.default.createDirectory(atPath: dataDirectory, withIntermediateDirectories: true)
    let made = try DevelopmentCertificate.make(in: dataDirectory)
    log.info(
      made.isNew ? "made a development certificate" : "using the development certificate",
      metadata: ["certificate": "\(made.certificatePath)"])
    developmentDirectory = dataDirectory
    context = try ReloadableTLSContext(
      TLSConfiguration(certificateChainPath: made.certificatePath, privateKeyPath: made.privateKeyPath))
  }

  /// Reads the certificate again, for new connections. The old one stays when that fails.
  /// - Throws: `TLSError`.
  func reload() throws {
    if let developmentDirectory { _ = try DevelopmentCertificate.make(in: developmentDirectory) }
    try context.reload()
  }
}
