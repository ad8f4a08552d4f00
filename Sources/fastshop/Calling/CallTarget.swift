import EventLoop
import RPC

/// The server that `fastshop call` calls, and how its certificate is verified.
struct CallTarget {
  let address: ListenAddress
  /// The server name in the request, by which proxies route; nil for the address itself.
  let authority: String?
  let tls: TLSContext?

  /// - Throws: ``SettingError`` or `TLSError`.
  init(_ options: CallTargetOptions, environment: [String: String]) throws {
    let identity = try Self.identity(options)
    let usesTLS = options.tls || options.insecureCertificate || options.trust != nil || identity != nil
    let fallback = usesTLS ? "127.0.0.1:8443" : "127.0.0.1:8080"
    let text = options.address ?? environment["FASTSHOP_ADDRESS"] ?? fallback
    guard let address = ListenAddress.lookedUp(text) else {
      throw SettingError(
        name: options.address == nil ? "FASTSHOP_ADDRESS" : "--address", value: text,
        wanted: "the address of a server such as 127.0.0.1:8080, shop.example:443 or unix:PATH")
    }
    self.address = address
    authority = Self.authority(text)
    guard usesTLS else {
      tls = nil
      return
    }
    let trust: TLSClientConfiguration.Trust =
      options.insecureCertificate ? .anybody : options.trust.map { .roots(path: $0) } ?? .system
    tls = try TLSContext(
      client: TLSClientConfiguration(serverName: Self.host(text), trust: trust, identity: identity))
  }

  /// The client certificate to present; nil for none.
  private static func identity(_ options: CallTargetOptions) throws(SettingError) -> TLSIdentity? {
    switch (options.certificate, options.key) {
    case (nil, nil): return nil
    case (let certificate?, let key?): return TLSIdentity(certificateChainPath: certificate, privateKeyPath: key)
    case (_, nil): throw SettingError(name: "--certificate", value: nil, wanted: "given together with --key")
    case (nil, _): throw SettingError(name: "--key", value: nil, wanted: "given together with --certificate")
    }
  }

  /// The name that the server's certificate must carry.
  static func host(_ text: String) -> String {
    if text.hasPrefix("unix:") { return "localhost" }
    let host = text.lastIndex(of: ":").map { text[..<$0] } ?? text[...]
    return host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : String(host)
  }

  /// The address as it was given, if a header field can hold it.
  static func authority(_ text: String) -> String? {
    text.hasPrefix("unix:") || !text.utf8.allSatisfy { (0x21...0x7e).contains($0) } ? nil : text
  }

  func channel(on loop: EventLoop) -> Channel { Channel(address, tls: tls, authority: authority, on: loop) }
}
