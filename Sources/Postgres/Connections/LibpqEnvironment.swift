internal import Glibc

/// The `PG…` variables of the environment, which libpq uses for settings that a connection string leaves out.
public enum LibpqEnvironment {
  /// The variables that take effect.
  public enum Use: Sendable {
    /// None: for the embedded Postgres, whose connection string is complete.
    case none
    /// The variables that name the server, the user and the credentials: for an operator's Postgres.
    case access
  }

  private static let prefix = "PG"

  /// All others change what connections do (`PGOPTIONS`, `PGTZ`, …) or contradict what a URL says (`PGHOSTADDR`,
  /// `PGSERVICE`).
  static let access: Set<String> = [
    "PGAPPNAME", "PGCHANNELBINDING", "PGCONNECT_TIMEOUT", "PGDATABASE", "PGGSSDELEGATION", "PGGSSENCMODE", "PGGSSLIB",
    "PGHOST", "PGKRBSRVNAME", "PGPASSFILE", "PGPASSWORD", "PGPORT", "PGREQUIREAUTH", "PGREQUIREPEER", "PGSERVICEFILE",
    "PGSSLCERT", "PGSSLCERTMODE", "PGSSLCOMPRESSION", "PGSSLCRL", "PGSSLCRLDIR", "PGSSLKEY",
    "PGSSLMAXPROTOCOLVERSION", "PGSSLMINPROTOCOLVERSION", "PGSSLMODE", "PGSSLNEGOTIATION", "PGSSLROOTCERT", "PGSSLSNI",
    "PGSYSCONFDIR", "PGUSER",
  ]

  /// Takes all others away from this process and the programs that it starts. To be called before the first connection,
  /// and before any thread is started that may read the environment.
  /// - Returns: the names of those that were set, in order.
  @discardableResult
  public static func keep(_ use: Use) -> [String] {
    let names = present().filter { name in
      switch use {
      case .none: true
      case .access: !access.contains(name)
      }
    }
    for name in names { unsetenv(name) }
    return names
  }

  private static func present() -> [String] {
    var names: [String] = []
    var entry = environ
    while let text = entry.pointee {
      let name = String(cString: text).prefix { $0 != "=" }
      if name.hasPrefix(prefix), name.dropFirst(prefix.count).allSatisfy({ $0.isUppercase || $0 == "_" }) {
        names.append(String(name))
      }
      entry += 1
    }
    return names.sorted()
  }
}
