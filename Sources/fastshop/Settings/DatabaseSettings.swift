import FoundationEssentials
import Platform
import Sealing

/// The location of the data: validated.
struct DatabaseSettings: Equatable, Sendable {
  private static let keysVariable = "FASTSHOP_KEYS"
  private static let replicaVariable = "FASTSHOP_DATABASE_REPLICA_URL"
  private static let wantedURL = "a URL such as postgres://user:password@127.0.0.1:5432/fastshop"

  /// The Postgres of DATABASE_URL; nil for a private one in the data directory.
  let url: String?
  /// The replica of FASTSHOP_DATABASE_REPLICA_URL, for long reads; nil for none.
  let replicaURL: String?
  /// Absolute.
  let dataDirectory: String
  /// Whether the data directory is the default.
  let isDataDirectoryUsual: Bool
  /// The master keys that the operator set; nil for a file next to the data.
  let masterKeys: MasterKeys?

  /// Longer paths of its own files are more than Postgres has space for.
  private static let pathBytesMax = 800

  private static func postgresURL(_ text: String) -> String? {
    text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") ? text : nil
  }

  /// An absolute path of UTF-8. What the environment holds that is no UTF-8 arrives as U+FFFD.
  private static func directory(_ text: String) -> String? {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), !text.contains("\u{FFFD}") else {
      return nil
    }
    let path = URL(filePath: text).standardizedFileURL.path
    return path.utf8.count <= pathBytesMax ? path : nil
  }

  init(_ options: DatabaseOptions, environment: [String: String]) throws(SettingError) {
    let source = SettingSource(environment: environment)
    url = try source.value(
      flag: "--database-url", options.databaseURL, variable: "DATABASE_URL", wanted: Self.wantedURL, isSecret: true,
      parse: Self.postgresURL)
    replicaURL = try source.value(
      flag: "--database-replica-url", options.databaseReplicaURL, variable: Self.replicaVariable,
      wanted: Self.wantedURL, isSecret: true, parse: Self.postgresURL)
    if replicaURL != nil, url == nil {
      throw SettingError(name: Self.replicaVariable, value: nil, wanted: "set together with DATABASE_URL")
    }
    let directory = try source.value(
      flag: "--data-dir", options.dataDir, variable: "FASTSHOP_DATA_DIR",
      wanted: "a path such as ./data, of \(Self.pathBytesMax) bytes at most and without control characters",
      parse: Self.directory)
    isDataDirectoryUsual = directory == nil
    dataDirectory = directory ?? URL(filePath: "data").standardizedFileURL.path
    let path = try source.value(
      flag: "--key-file", options.keyFile, variable: "FASTSHOP_KEY_FILE", wanted: "a path such as /etc/fastshop/keys"
    ) { $0.isEmpty || $0.contains("\0") ? nil : $0 }
    let listed = try source.value(
      flag: "--key-file", nil, variable: Self.keysVariable, wanted: "keys of 32 bytes in base64, comma-separated",
      isSecret: true
    ) { text in (try? Keyring(text: text, place: Self.keysVariable)).map { _ in text } }
    masterKeys = path.map { .file(path: $0, isMade: false) } ?? listed.map { .text($0, name: Self.keysVariable) }
  }
}
