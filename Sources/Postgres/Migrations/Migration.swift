/// One step of a database's schema: a script that runs once in a transaction and never changes afterwards.
public struct Migration: Sendable {
  /// Its number, from 1, without gaps.
  public let version: Int
  /// Its name, which begins with the number: `0001_platform`.
  public let name: String
  /// The script: any number of statements, without BEGIN and COMMIT.
  public let sql: String

  /// A migration named like `0001_platform`.
  /// - Throws: ``MigrationError/badName(_:)`` when the name does not begin with a number and an underscore.
  public init(name: String, sql: String) throws(MigrationError) {
    guard let end = name.firstIndex(of: "_"), let version = Int(name[..<end]), version > 0 else {
      throw .badName(name)
    }
    self.version = version
    self.name = name
    self.sql = sql
  }
}

/// The reason why the schema is not up to date.
public enum MigrationError: Error, Equatable, CustomStringConvertible {
  /// The name does not begin with a number and an underscore.
  case badName(String)
  /// The numbers are not 1, 2, 3, ….
  case gap(expected: Int, found: String)
  /// A migration that was applied is not the one that the program has.
  case changed(String)
  /// The database is ahead of the program.
  case unknown(String)
  /// A script failed; the database is as it was before this script.
  case failed(String, PostgresError)
  /// The database could not be reached, or refused what migrating needs.
  case database(PostgresError)

  /// A sentence with advice.
  public var description: String {
    switch self {
    case .badName(let name): "A migration is called \(name); its name must be like 0001_orders."
    case .gap(let expected, let found):
      "Migration \(found) is where number \(expected) is expected; numbers must be consecutive."
    case .changed(let name):
      "Migration \(name) was changed after it was applied; restore it and write a new migration for the change."
    case .unknown(let name):
      "The database has the migration \(name), which this program does not know; use a newer program."
    case .failed(let name, let error): "Migration \(name) failed and was rolled back: \(Self.clause(error))."
    case .database(.accessRefused(let reason)): "The database refuses the connection: \(Self.clause(reason))."
    case .database(let error): "The database schema could not be updated: \(Self.clause(error))."
    }
  }

  /// The server's message, if the error comes from the server.
  private static func clause(_ error: PostgresError) -> String {
    switch error {
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
