import ArgumentParser

/// Who the server is over TLS, and whom it believes.
struct TLSOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "PEM file with the server's certificate and its intermediates. Without it, a development certificate is made.",
      valueName: "path"))
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("PEM file with the certificate's private key.", valueName: "path"))
  var tlsKey: String?

  @Option(help: ArgumentHelp("The oldest version that is spoken: 1.2 or 1.3 (1.3).", valueName: "version"))
  var tlsMinVersion: String?

  @Option(
    help: ArgumentHelp("PEM file of the authorities that sign clients' certificates (none).", valueName: "path"))
  var tlsClientAuthority: String?

  @Option(
    help: ArgumentHelp(
      #"With an authority: whether clients must show a certificate, "required" or "optional" (required)."#,
      valueName: "rule"))
  var tlsClientCertificates: String?

  @Option(
    help: ArgumentHelp(
      "PEM file with those authorities' lists of revoked certificates (none).", valueName: "path"))
  var tlsClientRevocations: String?
}
