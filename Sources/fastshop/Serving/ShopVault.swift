import EventLoop
import FoundationEssentials
import Logging
import Platform
import Postgres

/// The shop's vault: the database's keys, and the master keys that wrap them.
enum ShopVault {
  private static let fileName = "keys"

  /// The location of the master keys: as the operator set it, else a file next to the data, which is created if there
  /// is none.
  static func masterKeys(_ settings: DatabaseSettings, _ database: ShopDatabase) throws -> MasterKeys {
    if let named = settings.masterKeys { return named }
    try FileManager.default.createDirectory(atPath: database.directory, withIntermediateDirectories: true)
    return .file(path: "\(database.directory)/\(fileName)", isMade: true)
  }

  /// The file of master keys that opening the vault will make; nil when there are keys.
  static func newKeyFile(_ settings: DatabaseSettings, _ database: ShopDatabase) throws -> String? {
    guard case .file(let path, true) = try masterKeys(settings, database) else { return nil }
    return FileManager.default.fileExists(atPath: path) ? nil : path
  }

  /// Opens the vault of a database whose schema is up to date.
  /// - Throws: `VaultError`, `SealingError`.
  static func open(_ settings: DatabaseSettings, _ database: ShopDatabase, on loop: EventLoop) async throws -> Vault {
    let keys = DataKeys(master: try masterKeys(settings, database))
    return try await database.use(on: loop) { try await keys.openVault($0) }
  }

  /// Opens the vault of a database, for a command: neither keys nor a key file are made. Nil while the database has no
  /// keys, because no server has run.
  /// - Throws: `VaultError`, `SealingError`.
  static func openMade(
    _ settings: DatabaseSettings, _ database: ShopDatabase, on loop: EventLoop
  ) async throws -> Vault? {
    let hasKeys = try await database.use(on: loop) { connections in
      try await !connections.rows("SELECT FROM platform.data_key LIMIT 1").isEmpty
    }
    guard hasKeys else { return nil }
    let usual = MasterKeys.file(path: "\(database.directory)/\(fileName)", isMade: false)
    let keys = DataKeys(master: settings.masterKeys ?? usual)
    return try await database.use(on: loop) { try await keys.openVault($0) }
  }
}
