/// All environment variables of the program. It suggests the nearest name for an unknown one.
///
/// docs/settings.md lists the same variables; a test compares the two.
struct KnownVariables {
  /// The prefix of FastShop's variables; others are ignored.
  private static let prefix = "FASTSHOP_"
  /// A name that differs in more letters is another word, not a slip.
  private static let editsMax = 3

  /// The variables with names of their own.
  static let fixed: Set<String> = [
    "FASTSHOP_ACCESS_LOG", "FASTSHOP_ACCESS_LOG_LEVEL", "FASTSHOP_ACCESS_TOKEN_SECONDS", "FASTSHOP_ACCOUNT_FAILURES",
    "FASTSHOP_ADDRESS", "FASTSHOP_ADDRESS_FAILURES", "FASTSHOP_ADMIN_ADDRESSES", "FASTSHOP_ADMIN_PASSWORD",
    "FASTSHOP_AGE_GRACE_SECONDS", "FASTSHOP_AGE_SECONDS", "FASTSHOP_ALLOWED_ORIGINS", "FASTSHOP_AUDIENCE",
    "FASTSHOP_AUDIT_HEADS_FILE", "FASTSHOP_AUDIT_HEADS_LOG", "FASTSHOP_AUDIT_HEADS_MINUTES",
    "FASTSHOP_AUDIT_STORE_DAYS", "FASTSHOP_AUDIT_STORE_KEY_ID", "FASTSHOP_AUDIT_STORE_REGION",
    "FASTSHOP_AUDIT_STORE_SECRET_FILE", "FASTSHOP_AUDIT_STORE_URL", "FASTSHOP_CALLS_PER_ADDRESS", "FASTSHOP_CHANNELZ",
    "FASTSHOP_CONNECTIONS_PER_ADDRESS", "FASTSHOP_CURRENCY", "FASTSHOP_DATABASE_REPLICA_URL", "FASTSHOP_DATA_DIR",
    "FASTSHOP_DRAIN_SECONDS", "FASTSHOP_EVENTS_KEPT",
    "FASTSHOP_FORWARDED_HEADER", "FASTSHOP_HANG_SECONDS", "FASTSHOP_IDLE_SECONDS", "FASTSHOP_ISSUER",
    "FASTSHOP_KEEPALIVE_SECONDS", "FASTSHOP_KEEPALIVE_TIMEOUT_SECONDS", "FASTSHOP_KEYS", "FASTSHOP_KEY_FILE",
    "FASTSHOP_LAME_DUCK_SECONDS", "FASTSHOP_LANGUAGE", "FASTSHOP_LISTEN", "FASTSHOP_LOG_FORMAT",
    "FASTSHOP_LOG_LEVEL", "FASTSHOP_LOOPS",
    "FASTSHOP_MAILS_PER_DAY", "FASTSHOP_MAILS_PER_QUARTER_HOUR", "FASTSHOP_MAIL_FROM", "FASTSHOP_MEDIA_FOLDER",
    "FASTSHOP_MEDIA_STORE_KEY_ID", "FASTSHOP_MEDIA_STORE_REGION", "FASTSHOP_MEDIA_STORE_SECRET_FILE",
    "FASTSHOP_MEDIA_STORE_TOKEN_FILE", "FASTSHOP_MEDIA_STORE_URL", "FASTSHOP_MEDIA_URL", "FASTSHOP_METRICS",
    "FASTSHOP_METRICS_ADDRESSES", "FASTSHOP_METRICS_CACHE_SECONDS", "FASTSHOP_METRICS_LISTEN", "FASTSHOP_NODE",
    "FASTSHOP_OIDC_AUTHORITY", "FASTSHOP_OIDC_PROVIDERS", "FASTSHOP_OIDC_REDIRECTS", "FASTSHOP_OPEN_CALLS",
    "FASTSHOP_OPEN_KEYS", "FASTSHOP_OPEN_STREAMS", "FASTSHOP_OTLP_ENDPOINT", "FASTSHOP_OTLP_HEADERS",
    "FASTSHOP_PINGS_WITHOUT_CALLS", "FASTSHOP_PING_SECONDS", "FASTSHOP_RATE_BAD_CREDENTIALS", "FASTSHOP_RATE_CALLERS",
    "FASTSHOP_RATE_KEYS", "FASTSHOP_RATE_LIMITS", "FASTSHOP_RATE_PUBLIC", "FASTSHOP_RATE_SIGNED_IN",
    "FASTSHOP_SESSION_DAYS", "FASTSHOP_SIGNING_KEY_DAYS", "FASTSHOP_SITE_URL", "FASTSHOP_SMTP_AUTHORITY",
    "FASTSHOP_SMTP_URL", "FASTSHOP_SOCKET_MODE", "FASTSHOP_SPREAD_CONNECTIONS", "FASTSHOP_STAFF_SECOND_FACTOR",
    "FASTSHOP_SUPERVISOR", "FASTSHOP_TLS_CERTIFICATE", "FASTSHOP_TLS_CLIENT_AUTHORITY",
    "FASTSHOP_TLS_CLIENT_CERTIFICATES", "FASTSHOP_TLS_CLIENT_REVOCATIONS", "FASTSHOP_TLS_KEY", "FASTSHOP_TLS_LISTEN",
    "FASTSHOP_TLS_MIN_VERSION", "FASTSHOP_TOKEN", "FASTSHOP_TRACE_RATIO", "FASTSHOP_TRUSTED_PROXIES",
    "FASTSHOP_VIES_URL",
  ]

  #if DEBUG
    /// Makes hashes of passwords cheap, for the end-to-end tests. A release build does not know it.
    static let cheapPasswords = "FASTSHOP_TEST_CHEAP_PASSWORDS"
    private static let testing: Set<String> = [cheapPasswords]
  #else
    private static let testing: Set<String> = []
  #endif

  /// The endings of the variables of an OpenID provider, after `FASTSHOP_OIDC_` and its key.
  static let providerEndings: Set<String> = [
    "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_FILE", "ISSUER", "LINKING", "NAME", "OTHER_AUDIENCES", "SCOPES",
  ]

  /// The fixed ones, and those of the providers that the environment names.
  private let names: Set<String>
  private let environment: [String: String]

  /// All known variables, including those for the providers in `environment`.
  init(_ environment: [String: String]) {
    self.environment = environment
    let keys = environment["FASTSHOP_OIDC_PROVIDERS"]?.split(separator: ",").map(String.init) ?? []
    let ofProviders = keys.flatMap { key in Self.providerEndings.map { Self.variable(ofProvider: key, $0) } }
    names = Self.fixed.union(ofProviders).union(Self.testing)
  }

  /// The name of a provider's variable: `FASTSHOP_OIDC_MY_ACME_ISSUER` for the provider `my-acme`.
  static func variable(ofProvider key: String, _ ending: String) -> String {
    "FASTSHOP_OIDC_\(key.uppercased().replacing("-", with: "_"))_\(ending)"
  }

  /// The unknown variables with the prefix, in the order of their names, each with the most similar known one, if there
  /// is one.
  func unknown() -> [(name: String, nearest: String?)] {
    environment.keys.filter { $0.hasPrefix(Self.prefix) && !names.contains($0) }.sorted().map { ($0, nearest(to: $0)) }
  }

  private func nearest(to name: String) -> String? {
    let best = names.sorted().map { ($0, Self.edits(Array(name.utf8), Array($0.utf8))) }.min { $0.1 < $1.1 }
    guard let (name, edits) = best, edits <= Self.editsMax else { return nil }
    return name
  }

  /// The number of characters that differ: added, removed or changed.
  private static func edits(_ a: [UInt8], _ b: [UInt8]) -> Int {
    if a.count > b.count + editsMax || b.count > a.count + editsMax { return editsMax + 1 }
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in b.enumerated() {
        let changed = diagonal + (letter == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(changed, diagonal + 1, row[j] + 1)
      }
    }
    return row[b.count]
  }
}
