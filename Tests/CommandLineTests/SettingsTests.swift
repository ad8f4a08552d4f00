import ArgumentParser
import EventLoop
import HTTPClient
import Logging
import Platform
import RPC
import Testing

@testable import fastshop

@Suite struct SettingsTests {
  static func serve(_ flags: [String] = [], _ environment: [String: String] = [:]) throws -> ServeSettings {
    let command = try ServeCommand.parse(flags)
    return try ServeSettings(command.options, command.tls, command.connections, environment: environment)
  }

  @Test func `without flags and variables, the defaults count`() throws {
    let settings = try Self.serve()
    #expect(settings.listen == [.tcp(host: "127.0.0.1", port: 8080)])
    #expect(settings.tlsListen == [.tcp(host: "127.0.0.1", port: 8443)])
    #expect(settings.loops == EventLoopGroup.processorCount)
    #expect(settings.tls.identity == nil && settings.tls.clients == nil)
    #expect(settings.tls.minimumVersion == .v1_3)
    #expect(settings.crossOrigin == CrossOriginPolicy(setting: "FASTSHOP_ALLOWED_ORIGINS"))
    #expect(settings.eventsKept == 8192)
    #expect(settings.currency == .euro)
    var lifetime = ConnectionLifetime()
    lifetime.idleMax = .seconds(300)
    lifetime.firstCallMax = .seconds(30)
    #expect(settings.connections.lifetime == lifetime)
    #expect(settings.connections.spread == .inTurn)
    #expect(settings.connections.socketMode == 0o660)
    #expect(settings.isSupervised)
    #expect(settings.hangSeconds == 30)
  }

  @Test func `a worker that hangs may be left alone, or replaced sooner or later`() throws {
    #expect(try Self.serve(["--hang-seconds", "off"]).hangSeconds == nil)
    #expect(try Self.serve([], ["FASTSHOP_HANG_SECONDS": "86400"]).hangSeconds == 86_400)
    for wrong in ["4", "0", "-1", "86401", "never", "99999999999999999999"] {
      #expect(throws: SettingError.self) { try Self.serve([], ["FASTSHOP_HANG_SECONDS": wrong]) }
    }
  }

  @Test func `the supervisor may be left out`() throws {
    #expect(try !Self.serve(["--supervisor", "off"]).isSupervised)
    #expect(try !Self.serve([], ["FASTSHOP_SUPERVISOR": "off"]).isSupervised)
  }

  @Test func `there may be several places to listen at`() throws {
    let places: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 1), .tcp(host: "::", port: 2), .unix(path: "/run/a")]
    #expect(
      try Self.serve(["--listen", "127.0.0.1:1", "--listen", "[::]:2", "--listen", "unix:/run/a"]).listen == places)
    #expect(try Self.serve([], ["FASTSHOP_LISTEN": "127.0.0.1:1,[::]:2,unix:/run/a"]).listen == places)
  }

  @Test func `a connection's times are told in seconds, and may be off`() throws {
    let environment = [
      "FASTSHOP_AGE_SECONDS": "60", "FASTSHOP_PINGS_WITHOUT_CALLS": "true", "FASTSHOP_IDLE_SECONDS": "5",
    ]
    let arguments = ["--idle-seconds", "off", "--keepalive-seconds", "7"]
    let settings = try Self.serve(arguments, environment).connections
    var wanted = ConnectionLifetime()
    wanted.firstCallMax = .seconds(30)
    wanted.ageMax = .seconds(60)
    wanted.permitsPingsWithoutCalls = true
    wanted.keepaliveInterval = .seconds(7)
    #expect(settings.lifetime == wanted)
  }

  @Test func `clients' certificates are required as soon as there is an authority`() throws {
    #expect(
      try Self.serve(["--tls-client-authority", "ca.pem"]).tls.clients == ClientVerification(authorityPath: "ca.pem"))
    let relaxed = try Self.serve(
      [
        "--tls-client-authority", "ca.pem", "--tls-client-certificates", "optional", "--tls-client-revocations",
        "r.pem",
      ])
    #expect(
      relaxed.tls.clients
        == ClientVerification(authorityPath: "ca.pem", strictness: .optional, revocationsPath: "r.pem"))
  }

  @Test func `a flag counts more than a variable, and a variable more than the default`() throws {
    let environment = ["FASTSHOP_LISTEN": "0.0.0.0:1", "FASTSHOP_LOOPS": "3", "FASTSHOP_TLS_LISTEN": "off"]
    let settings = try Self.serve(["--listen", "[::1]:0"], environment)
    #expect(settings.listen == [.tcp(host: "::1", port: 0)])
    #expect(settings.loops == 3)
    #expect(settings.tlsListen.isEmpty)
  }

  @Test func `an empty variable counts as not set`() throws {
    #expect(try Self.serve([], ["FASTSHOP_LOOPS": ""]).loops == EventLoopGroup.processorCount)
    #expect(try Self.serve([], ["FASTSHOP_CURRENCY": ""]).currency == .euro)
  }

  @Test(arguments: [
    (["--listen", "8080"], [:], "--listen is \"8080\", but it must be an address and a port such as"),
    (["--listen", "localhost"], [:], "--listen is \"localhost\""),
    (["--listen", "shop.example:80"], [:], "--listen is \"shop.example:80\""),
    (["--listen", "host:99999"], [:], "--listen is \"host:99999\""),
    ([], ["FASTSHOP_TLS_LISTEN": "yes"], "FASTSHOP_TLS_LISTEN is \"yes\", but it must be an address"),
    (["--loops", "0"], [:], "--loops is \"0\", but it must be a whole number from 1 to 256"),
    ([], ["FASTSHOP_LOOPS": "many"], "FASTSHOP_LOOPS is \"many\""),
    ([], ["FASTSHOP_DRAIN_SECONDS": "-1"], "FASTSHOP_DRAIN_SECONDS is \"-1\""),
    (["--language", "jp"], [:], "--language is \"jp\", but it must be a language tag such as en or de-AT"),
    (["--currency", "eur"], [:], "--currency is \"eur\", but it must be a code of ISO 4217 for a currency in use"),
    ([], ["FASTSHOP_CURRENCY": "XAU"], "FASTSHOP_CURRENCY is \"XAU\", but it must be a code of ISO 4217"),
    (["--events-kept", "63"], [:], "--events-kept is \"63\", but it must be a whole number from 64 to 1048576"),
    (["--listen", "off", "--tls-listen", "off"], [:], "when --listen is \"off\" as well"),
    (["--listen", "127.0.0.1:1,"], [:], "--listen is \"127.0.0.1:1,\""),
    (["--tls-min-version", "1.1"], [:], "--tls-min-version is \"1.1\", but it must be 1.2 or 1.3"),
    (["--tls-client-certificates", "optional"], [:], "--tls-client-authority must be given"),
    (["--socket-mode", "0999"], [:], "--socket-mode is \"0999\", but it must be three octal digits"),
    (["--idle-seconds", "0"], [:], "--idle-seconds is \"0\", but it must be a whole number of seconds from 1"),
    ([], ["FASTSHOP_SPREAD_CONNECTIONS": "hash"], "FASTSHOP_SPREAD_CONNECTIONS is \"hash\""),
    (["--allowed-origins", "shop.example"], [:], "--allowed-origins is \"shop.example\", but it must be origins such"),
    ([], ["FASTSHOP_ALLOWED_ORIGINS": "https://a.example/"], "FASTSHOP_ALLOWED_ORIGINS is"),
    (["--tls-key", "k.pem"], [:], "--tls-certificate must be given together with --tls-key"),
  ])
  func `what cannot be used is refused by name`(flags: [String], environment: [String: String], says: String) {
    let error = #expect(throws: SettingError.self) { try Self.serve(flags, environment) }
    #expect(error?.description.contains(says) == true, "it says: \(error?.description ?? "nothing")")
  }

  @Test func `a database URL that is none is refused without showing its password`() {
    let error = #expect(throws: SettingError.self) {
      try DatabaseSettings(
        DatabaseOptions.parse([]), environment: ["DATABASE_URL": "mysql://root:secret@127.0.0.1/shop"])
    }
    #expect(error?.description.hasPrefix("DATABASE_URL must be a URL such as") == true)
    #expect(error?.description.contains("secret") == false)
  }

  @Test func `a replica is one of a Postgres that is set`() throws {
    let replica = "postgres://shop@127.0.0.2/shop"
    func settings(_ environment: [String: String]) throws -> DatabaseSettings {
      try DatabaseSettings(DatabaseOptions.parse([]), environment: environment)
    }
    let both = ["DATABASE_URL": "postgres://shop@127.0.0.1/shop", "FASTSHOP_DATABASE_REPLICA_URL": replica]
    #expect(try settings(both).replicaURL == replica)
    #expect(throws: SettingError.self) { try settings(["FASTSHOP_DATABASE_REPLICA_URL": replica]) }
    #expect(throws: SettingError.self) { try settings(both.merging(["FASTSHOP_DATABASE_REPLICA_URL": "db2"]) { $1 }) }
  }

  @Test(arguments: [("/srv/shop", "/srv/shop"), ("/srv/shop/../shop2/", "/srv/shop2")])
  func `the data directory is absolute`(given: String, absolute: String) throws {
    let settings = try DatabaseSettings(DatabaseOptions.parse(["--data-dir", given]), environment: [:])
    #expect(settings.dataDirectory == absolute)
    #expect(try DatabaseSettings(DatabaseOptions.parse([]), environment: [:]).dataDirectory.hasPrefix("/"))
  }

  @Test func `where spans go is an address that collectors know`() throws {
    func telemetry(_ flags: [String], _ environment: [String: String] = [:]) throws -> TelemetrySettings {
      try TelemetrySettings(TelemetryOptions.parse(flags), environment: environment)
    }
    let usual = try telemetry([])
    #expect(usual.tracesURL == nil && usual.accessLogRatio == nil && usual.traceRatio == 1)
    for given in ["http://a:4318", "http://a:4318/", "http://a:4318/v1/traces"] {
      #expect(try telemetry(["--otlp-endpoint", given]).tracesURL == "http://a:4318/v1/traces")
    }
    let full = try telemetry(
      ["--access-log", "0.25", "--trace-ratio", "0"], ["FASTSHOP_OTLP_HEADERS": "x-key=a=b,x-other=c"])
    #expect(full.accessLogRatio == 0.25 && full.traceRatio == 0)
    #expect(full.collectorHeaders == [HTTPField("x-key", "a=b"), HTTPField("x-other", "c")])
    #expect(try telemetry(["--access-log", "off"]).accessLogRatio == nil)
    #expect(usual.metrics != nil)
    #expect(try telemetry([], ["FASTSHOP_METRICS": "off"]).metrics == nil)
    #expect(try telemetry(["--metrics", "on"], ["FASTSHOP_METRICS": "off"]).metrics != nil)
    for wrong in [
      ["--otlp-endpoint", "a:4318"], ["--trace-ratio", "2"], ["--access-log", "yes"], ["--metrics", "1"],
    ] {
      let error = #expect(throws: SettingError.self) { try telemetry(wrong) }
      #expect(error?.description.contains(wrong[0]) == true)
    }
    let secret = #expect(throws: SettingError.self) {
      try telemetry([], ["FASTSHOP_OTLP_HEADERS": "x key=hush"])
    }
    #expect(secret?.description.contains("hush") == false)
  }

  @Test func `log levels and formats are checked`() throws {
    let options = try LogOptions.parse(["--log-format", "json"])
    let settings = try LogSettings(options, environment: ["FASTSHOP_LOG_LEVEL": "Debug"])
    #expect(settings.level == .debug)
    #expect(settings.format == .json)
    let error = #expect(throws: SettingError.self) {
      try LogSettings(LogOptions.parse(["--log-level", "loud"]), environment: [:])
    }
    #expect(error?.description.contains("one of trace, debug, info") == true)
  }
}
