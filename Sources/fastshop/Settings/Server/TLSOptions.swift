import ArgumentParser

/// The server's TLS certificate, and the authorities of client certificates.
struct TLSOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "PEM file with the server's certificate and its intermediates (a development certificate).",
      valueName: "path"))
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("PEM file with the certificate's private key.", valueName: "path"))
  var tlsKey: String?

  @Option(help: ArgumentHelp("Minimum TLS version: 1.2 or 1.3 (1.3).", valueName: "version"))
  var tlsMinVersion: String?

  @Option(
    help: ArgumentHelp("PEM file with the authorities of client certificates (none).", valueName: "path"))
  var tlsClientAuthority: String?

  @Option(
    help: ArgumentHelp(
      #"Whether clients must present a certificate: "required" or "optional" (required)."#,
      valueName: "rule"))
  var tlsClientCertificates: String?

  @Option(
    help: ArgumentHelp(
      "PEM file with the certificate revocation lists of those authorities (none).", valueName: "path"))
  var tlsClientRevocations: String?
}
