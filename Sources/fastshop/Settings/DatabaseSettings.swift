import FoundationEssentials

/// Where the data is: checked, so that nothing below has to doubt it.
struct DatabaseSettings: Equatable, Sendable {
  /// The Postgres of DATABASE_URL; nil for a private one in the data directory.
  let url: String?
  /// Absolute.
  let dataDirectory: String
  /// Whether nobody named a data directory.
  let isDataDirectoryUsual: Bool

  init(_ options: DatabaseOptions, environment: [String: String]) throws(SettingError) {
    let source = SettingSource(environment: environment)
    url = try source.value(
      flag: "--database-url", options.databaseURL, variable: "DATABASE_URL",
      wanted: "a URL such as postgres://user:password@127.0.0.1:5432/fastshop", isSecret: true
    ) { $0.hasPrefix("postgres://") || $0.hasPrefix("postgresql://") ? $0 : nil }
    let directory = try source.value(
      flag: "--data-dir", options.dataDir, variable: "FASTSHOP_DATA_DIR", wanted: "a path such as ./data"
    ) { $0.isEmpty || $0.contains("\0") ? nil : $0 }
    isDataDirectoryUsual = directory == nil
    dataDirectory = URL(filePath: directory ?? "data").standardizedFileURL.path
  }
}
