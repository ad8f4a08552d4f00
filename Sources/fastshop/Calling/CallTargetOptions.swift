import ArgumentParser

/// The server to call. Shared by all commands that call one.
struct CallTargetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The server's address ($FASTSHOP_ADDRESS, or 127.0.0.1:8080, with TLS 127.0.0.1:8443).", valueName: "host:port"))
  var address: String?

  @Flag(help: "Use TLS and trust the system's certificate authorities.")
  var tls = false

  @Option(
    help: ArgumentHelp(
      "Use TLS and trust the certificates in this PEM file, such as data/development-certificate.pem.",
      valueName: "path"))
  var trust: String?

  @Flag(help: "Use TLS and accept any certificate. For development only.")
  var insecureCertificate = false

  @Option(
    help: ArgumentHelp(
      "Use TLS and present the client certificate in this PEM file, with its intermediates.", valueName: "path"))
  var certificate: String?

  @Option(help: ArgumentHelp("PEM file with the private key of --certificate.", valueName: "path"))
  var key: String?
}
