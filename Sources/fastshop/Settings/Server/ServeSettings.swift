import EventLoop
import Inventory
import Platform
import RPC

/// The settings of the server: validated.
struct ServeSettings: Equatable, Sendable {
  /// More loops than this cannot be meant.
  static let loopsMax = 256
  /// A stop may wait a day, no longer.
  static let drainSecondsMax = 86_400
  static let drainSecondsUsual = 10
  /// With less, a short pause would count as a hang; a day is in effect no limit.
  static let hangSecondsRange = 5...86_400
  static let hangSecondsUsual = 30
  /// Balancers that have not heard in an hour will not.
  static let lameDuckSecondsMax = 3_600
  /// Fewer would be exceeded by every burst; more would fill the memory.
  static let eventsKeptRange = 64...1_048_576

  /// Clear text; empty for none.
  let listen: [ListenAddress]
  /// TLS; empty for none.
  let tlsListen: [ListenAddress]
  let tls: TLSSettings
  let connections: ConnectionSettings
  let crossOrigin: CrossOriginPolicy
  let loops: Int
  let drainSeconds: Int
  /// The time for which a stopping server continues to serve after load balancers were notified.
  let lameDuckSeconds: Int
  /// Events that each loop keeps for its subscribers.
  let eventsKept: Int
  /// The language in which products, categories and shops are written.
  let language: LanguageTag
  /// The currency of the shop.
  let currency: Currency
  /// The service that knows tax numbers; nil without one.
  let viesURL: String?
  /// Whether channelz is served.
  let showsConnections: Bool
  /// Whether another process serves, which is started again when it dies.
  let isSupervised: Bool
  /// The time without progress of a loop after which the worker is replaced; nil for never.
  let hangSeconds: Int?

  init(
    _ options: ServeOptions, _ tls: TLSOptions, _ connections: ConnectionOptions, environment: [String: String]
  ) throws(SettingError) {
    let source = SettingSource(environment: environment)
    let address =
      #"an address and a port such as 127.0.0.1:8080 or [::1]:8080, "unix:PATH", several, comma-separated, or "off""#
    let clear = try source.value(
      flag: "--listen", Self.joined(options.listen), variable: "FASTSHOP_LISTEN", wanted: address,
      parse: Listening.init)
    let encrypted = try source.value(
      flag: "--tls-listen", Self.joined(options.tlsListen), variable: "FASTSHOP_TLS_LISTEN", wanted: address,
      parse: Listening.init)
    listen = clear?.addresses ?? [.tcp(host: "127.0.0.1", port: 8080)]
    tlsListen = encrypted?.addresses ?? [.tcp(host: "127.0.0.1", port: 8443)]
    guard !listen.isEmpty || !tlsListen.isEmpty else {
      throw SettingError(name: "--tls-listen", value: "off", wanted: "an address when --listen is \"off\" as well")
    }
    self.tls = try TLSSettings(tls, source)
    self.connections = try ConnectionSettings(connections, source)
    crossOrigin =
      try source.value(
        flag: "--allowed-origins", options.allowedOrigins, variable: Self.originsVariable,
        wanted: """
          origins such as https://shop.example, http://localhost:3000 or http://localhost:*, comma-separated, or *
          """,
        parse: Self.crossOrigin) ?? CrossOriginPolicy(setting: Self.originsVariable)
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
    lameDuckSeconds =
      try source.value(
        flag: "--lame-duck-seconds", options.lameDuckSeconds, variable: "FASTSHOP_LAME_DUCK_SECONDS",
        wanted: "a whole number of seconds from 0 to \(Self.lameDuckSecondsMax)"
      ) { Self.number($0, in: 0...Self.lameDuckSecondsMax) } ?? 0
    eventsKept =
      try source.value(
        flag: "--events-kept", options.eventsKept, variable: "FASTSHOP_EVENTS_KEPT",
        wanted: "a whole number from \(Self.eventsKeptRange.lowerBound) to \(Self.eventsKeptRange.upperBound)"
      ) { Self.number($0, in: Self.eventsKeptRange) } ?? InventoryModule.eventsKeptUsual
    language =
      try source.value(
        flag: "--language", options.language, variable: "FASTSHOP_LANGUAGE",
        wanted: "a language tag such as en or de-AT", parse: LanguageTag.init) ?? .english
    currency = try Self.currency(options.currency, source)
    viesURL =
      try source.value(
        flag: "--vies-url", options.viesURL, variable: "FASTSHOP_VIES_URL",
        wanted: "a URL such as https://ec.europa.eu/taxation_customs/vies/rest-api"
      ) { WebURL($0, schemes: ["http", "https"])?.text }
    hangSeconds = try Self.hangSeconds(source, options)
    showsConnections =
      try source.isOn(flag: "--channelz", options.channelz, variable: "FASTSHOP_CHANNELZ") ?? false
    isSupervised = try source.isOn(flag: "--supervisor", options.supervisor, variable: "FASTSHOP_SUPERVISOR") ?? true
  }

  static let currencyWanted = "a code of ISO 4217 for a currency in use, in capitals, such as EUR"

  /// The currency of the shop: that of the demo shop unless it is set.
  static func currency(_ flag: String?, _ source: SettingSource) throws(SettingError) -> Currency {
    try source.value(
      flag: "--currency", flag, variable: "FASTSHOP_CURRENCY",
      wanted: currencyWanted, parse: Currency.init) ?? .euro
  }

  private static func hangSeconds(_ source: SettingSource, _ options: ServeOptions) throws(SettingError) -> Int? {
    let seconds = try source.value(
      flag: "--hang-seconds", options.hangSeconds, variable: "FASTSHOP_HANG_SECONDS",
      wanted: """
        a whole number of seconds from \(hangSecondsRange.lowerBound) to \(hangSecondsRange.upperBound), or "off"
        """
    ) { $0 == "off" ? 0 : number($0, in: hangSecondsRange) }
    return seconds == 0 ? nil : seconds ?? hangSecondsUsual
  }

  /// A flag that was given several times, as the environment would say it.
  private static func joined(_ texts: [String]) -> String? { texts.isEmpty ? nil : texts.joined(separator: ",") }

  private static let originsVariable = "FASTSHOP_ALLOWED_ORIGINS"

  private static func crossOrigin(_ text: String) -> CrossOriginPolicy? {
    let origins = text.split(separator: ",").map { asBrowsersWriteIt(String($0.drop { $0 == " " })) }
    return origins.isEmpty
      ? nil : try? CrossOriginPolicy(origins: origins, exposing: CallQuota.names, setting: originsVariable)
  }

  /// An origin whose host is in other letters than ASCII's comes from a browser in ASCII's.
  private static func asBrowsersWriteIt(_ origin: String) -> String {
    if origin.utf8.allSatisfy({ $0 < 0x80 }) { return origin }
    return WebURL(origin, schemes: ["http", "https"])?.text ?? origin
  }

  private static func number(_ text: String, in range: ClosedRange<Int>) -> Int? {
    guard let number = Int(text), range.contains(number) else { return nil }
    return number
  }
}
