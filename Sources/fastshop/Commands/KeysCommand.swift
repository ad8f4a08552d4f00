import ArgumentParser
import EventLoop
import Platform
import Postgres
import Sealing

/// `fastshop keys`: the keys that secrets are kept with.
struct KeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Look after the keys that secrets are kept with.",
    subcommands: [RotateKeysCommand.self])
}

/// `fastshop keys rotate`: a new key, and everything sealed anew.
struct RotateKeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Seal every secret anew with a new key, while servers serve.",
    discussion: """
      Makes a new key in the database, wraps all of its keys with the first master key of the key file, and seals \
      every secret anew, in batches. Cut off, it may be run again. Flags count before the environment: DATABASE_URL, \
      FASTSHOP_DATA_DIR, FASTSHOP_KEY_FILE, FASTSHOP_KEYS, FASTSHOP_LOG_LEVEL, FASTSHOP_LOG_FORMAT.
      """)

  @Flag(help: "Put a new master key into the key file first. Not when other servers have copies of the file.")
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
        let rotation = KeyRotation(keys, columns: SealedColumns.columns, clear: SealedColumns.clear)
        let outcome = try await rotation.run(connections)
        let note = AuditedAction(
          "platform.keys.rotate", on: "platform.data_key", "all", byCommand: "fastshop keys rotate",
          vault: try await keys.openVault(connections))
        try await connections.transaction { try await $0.audit(note) }
        return outcome
      }
      StandardStream.output.write(
        "wrapped \(outcome.keysRewrapped) keys anew, sealed \(outcome.valuesResealed) secrets anew"
          + (outcome.valuesSealed > 0 ? " and \(outcome.valuesSealed) that stood in clear\n" : "\n"))
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
