/// The reason why the schema is not up to date.
public enum MigrationError: Error, Equatable, CustomStringConvertible {
  /// The name does not begin with a number and an underscore.
  case badName(String)
  /// A script, and a word that it declares and that no migration can be.
  case badDeclaration(String, String)
  /// Two migrations have the same number.
  case sameNumber(String, String)
  /// A migration that was applied is not the one that the program has.
  case changed(String)
  /// The database has a migration that the program does not know and that does not say that it is compatible.
  case unknown(String)
  /// A script failed; the database is as it was before this script, or before one of its statements if the script
  /// declares `no-transaction`.
  case failed(String, PostgresError)
  /// The database could not be reached, or refused what migrating needs.
  case database(PostgresError)

  /// A sentence with advice.
  public var description: String {
    switch self {
    case .badName(let name): "A migration is called \(name); its name must be like 0001_orders."
    case .badDeclaration(let name, let word):
      "Migration \(name) declares '\(word)'; it may declare no-transaction, and either compatible or incompatible."
    case .sameNumber(let one, let other):
      "Migrations \(one) and \(other) have the same number; give the one that was merged last the next free number."
    case .changed(let name):
      "Migration \(name) was changed after it was applied; restore it and write a new migration for the change."
    case .unknown(let name):
      "The database has the migration \(name), which this program does not know and which is not compatible with older "
        + "programs; use a newer program."
    case .failed(let name, let error): "Migration \(name) failed: \(Self.clause(error))."
    case .database(.accessRefused(let reason)): "The database refuses the connection: \(Self.clause(reason))."
    case .database(let error): "The database schema could not be updated: \(Self.clause(error))."
    }
  }

  /// The server's message, if the error comes from the server.
  private static func clause(_ error: PostgresError) -> String {
    switch error {
    case .lockNotAvailable: "other transactions keep what it has to lock; end them, or run it when they are over"
    case .unavailable: "no writable server can be reached; the log says why"
    case .other(_, let message), .mapping(let message): clause(message)
    default: "\(error)"
    }
  }

  /// Without the full stop that some sentences of libpq have.
  private static func clause(_ sentence: String) -> String {
    String(sentence.reversed().drop { $0 == "." }.reversed())
  }
}
