import ArgumentParser

/// Which server to call. Shared by every command that calls one.
struct CallTargetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The server's address ($FASTSHOP_ADDRESS, or 127.0.0.1:8080, with TLS 127.0.0.1:8443).", valueName: "host:port"))
  var address: String?

  @Flag(help: "Call over TLS, believing the authorities that this system trusts.")
  var tls = false

  @Option(
    help: ArgumentHelp(
      "Call over TLS, believing the certificates in this PEM file, such as data/development-certificate.pem.",
      valueName: "path"))
  var trust: String?

  @Flag(help: "Call over TLS, believing any certificate. For development only.")
  var insecureCertificate = false
}
