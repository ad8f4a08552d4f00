import EventLoop
import RPC

/// How `serve` serves: checked, so that nothing below has to doubt it.
struct ServeSettings: Equatable, Sendable {
  /// More loops than this cannot be meant.
  static let loopsMax = 256
  /// A stop may wait a day, no longer.
  static let drainSecondsMax = 86_400
  static let drainSecondsUsual = 10

  /// A certificate of the operator's.
  struct Certificate: Equatable, Sendable {
    let chainPath: String
    let keyPath: String
  }

  /// Clear text; nil for none.
  let listen: ListenAddress?
  /// TLS; nil for none.
  let tlsListen: ListenAddress?
  /// Nil for the development certificate.
  let certificate: Certificate?
  let loops: Int
  let drainSeconds: Int
  /// Whether channelz is served.
  let showsConnections: Bool

  init(_ options: ServeOptions, environment: [String: String]) throws(SettingError) {
    let source = SettingSource(environment: environment)
    let address = #"an address and a port such as 127.0.0.1:8080 or [::1]:8080, "unix:PATH", or "off""#
    let clear = try source.value(
      flag: "--listen", options.listen, variable: "FASTSHOP_LISTEN", wanted: address, parse: Listening.init)
    let encrypted = try source.value(
      flag: "--tls-listen", options.tlsListen, variable: "FASTSHOP_TLS_LISTEN", wanted: address, parse: Listening.init)
    listen = (clear ?? .on(.tcp(host: "127.0.0.1", port: 8080))).address
    tlsListen = (encrypted ?? .on(.tcp(host: "127.0.0.1", port: 8443))).address
    guard listen != nil || tlsListen != nil else {
      throw SettingError(name: "--tls-listen", value: "off", wanted: "an address when --listen is \"off\" as well")
    }
    certificate = try Self.certificate(options, source)
    loops =
      try source.value(
        flag: "--loops", options.loops, variable: "FASTSHOP_LOOPS",
        wanted: "a whole number from 1 to \(Self.loopsMax); leave it out for one per core"
      ) { Self.number($0, in: 1...Self.loopsMax) } ?? EventLoopGroup.processorCount
    drainSeconds =
      try source.value(
        flag: "--drain-seconds", options.drainSeconds, variable: "FASTSHOP_DRAIN_SECONDS",
        wanted: "a whole number of seconds from 0 to \(Self.drainSecondsMax)"
      ) { Self.number($0, in: 0...Self.drainSecondsMax) } ?? Self.drainSecondsUsual
    showsConnections =
      try source.value(
        flag: "--channelz", options.channelz, variable: "FASTSHOP_CHANNELZ", wanted: #""on" or "off""#
      ) { ["on": true, "off": false][$0] } ?? false
  }

  private static func certificate(
    _ options: ServeOptions, _ source: SettingSource
  ) throws(SettingError) -> Certificate? {
    let path = "the path of a PEM file"
    let chain = try source.value(
      flag: "--tls-certificate", options.tlsCertificate, variable: "FASTSHOP_TLS_CERTIFICATE", wanted: path,
      parse: nonempty)
    let key = try source.value(
      flag: "--tls-key", options.tlsKey, variable: "FASTSHOP_TLS_KEY", wanted: path, parse: nonempty)
    switch (chain, key) {
    case (nil, nil): return nil
    case (let chain?, let key?): return Certificate(chainPath: chain, keyPath: key)
    case (nil, _?):
      throw SettingError(name: "--tls-certificate", value: nil, wanted: "given together with --tls-key")
    case (_?, nil):
      throw SettingError(name: "--tls-key", value: nil, wanted: "given together with --tls-certificate")
    }
  }

  private static func number(_ text: String, in range: ClosedRange<Int>) -> Int? {
    guard let number = Int(text), range.contains(number) else { return nil }
    return number
  }

  private static func nonempty(_ text: String) -> String? { text.isEmpty ? nil : text }
}
