import EventLoop
import RPC

/// The server that `fastshop call` calls, and how its certificate is verified.
struct CallTarget {
  let address: ListenAddress
  let tls: TLSContext?

  /// - Throws: ``SettingError`` or `TLSError`.
  init(_ options: CallTargetOptions, environment: [String: String]) throws {
    let usesTLS = options.tls || options.insecureCertificate || options.trust != nil
    let fallback = usesTLS ? "127.0.0.1:8443" : "127.0.0.1:8080"
    let text = options.address ?? environment["FASTSHOP_ADDRESS"] ?? fallback
    guard let address = ListenAddress.lookedUp(text) else {
      throw SettingError(
        name: options.address == nil ? "FASTSHOP_ADDRESS" : "--address", value: text,
        wanted: "the address of a server such as 127.0.0.1:8080, shop.example:443 or unix:PATH")
    }
    self.address = address
    guard usesTLS else {
      tls = nil
      return
    }
    let trust: TLSClientConfiguration.Trust =
      options.insecureCertificate ? .anybody : options.trust.map { .roots(path: $0) } ?? .system
    tls = try TLSContext(client: TLSClientConfiguration(serverName: Self.host(text), trust: trust))
  }

  /// The name that the server's certificate must carry.
  static func host(_ text: String) -> String {
    if text.hasPrefix("unix:") { return "localhost" }
    let host = text.lastIndex(of: ":").map { text[..<$0] } ?? text[...]
    return host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : String(host)
  }

  func channel(on loop: EventLoop) -> Channel { Channel(address, tls: tls, on: loop) }
}
