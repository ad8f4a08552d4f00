import ArgumentParser
import EventLoop
import Modules
import Platform
import Postgres
import Sealing

/// `fastshop keys`: the keys that seal secrets.
struct KeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Manage the encryption keys.",
    subcommands: [RotateKeysCommand.self])
}

/// `fastshop keys rotate`: makes a new key and seals all secrets with it.
struct RotateKeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Rotate the data key and re-encrypt every secret; servers keep running.",
    discussion: """
      Creates a new data key in the database, wraps all data keys with the first master key of the key file, and \
      re-encrypts every secret, in batches. It is safe to run again after an interruption. Flags take precedence over \
      the environment: DATABASE_URL, FASTSHOP_DATA_DIR, FASTSHOP_KEY_FILE, FASTSHOP_KEYS, FASTSHOP_LOG_LEVEL, \
      FASTSHOP_LOG_FORMAT.
      """)

  @Flag(help: "Add a new master key to the key file first. Only if no other server has a copy of the file.")
  var newMaster = false

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    let task = try DatabaseTask(database, logs)
    let (settings, newMaster) = (task.settings, newMaster)
    try await task.run { database, loop, _ in
      let master = try ShopVault.masterKeys(settings, database)
      if newMaster { try Self.addMaster(to: master) }
      let keys = DataKeys(master: master)
      let outcome = try await database.use(on: loop) { connections in
        let rotation = KeyRotation(keys, columns: ShopModules.sealedColumns, clear: ShopModules.plaintextColumns)
        let outcome = try await rotation.run(connections)
        let vault = try await keys.openVault(connections)
        try await connections.work(as: .command("fastshop keys rotate", vault: vault)) { work in
          try work.audit("platform.keys.rotate", on: "platform.data_key", "all")
        }
        return outcome
      }
      StandardStream.output.write(
        "rewrapped \(outcome.keysRewrapped) keys, re-encrypted \(outcome.valuesResealed) secrets"
          + (outcome.valuesSealed > 0 ? " and \(outcome.valuesSealed) that were in clear text\n" : "\n"))
    }
  }

  private static func addMaster(to master: MasterKeys) throws {
    guard case .file(let path, _) = master else {
      throw SettingError(name: "--new-master", value: nil, wanted: "used with a key file, not with FASTSHOP_KEYS")
    }
    _ = try master.read()
    try KeyFile(path: path).add(SecretKey())
  }
}
