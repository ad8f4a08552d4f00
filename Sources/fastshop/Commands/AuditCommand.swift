import ArgumentParser
import EventLoop
import Files
import FoundationEssentials
import Platform
import Postgres
import Sealing

/// `fastshop audit`: the audit log.
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Verify and export the audit log.",
    subcommands: [VerifyAuditCommand.self, ExportAuditCommand.self, BoundAuditCommand.self])

  /// The keys of the audit log; ones that fit nothing where the database has none.
  static func keys(
    _ settings: DatabaseSettings, _ database: ShopDatabase, on loop: EventLoop
  ) async throws -> AuditKeys {
    try await ShopVault.openMade(settings, database, on: loop)?.auditKeys ?? AuditKeys(Keyring(SecretKey()))
  }

  /// A time that the option `name` gives.
  static func time(_ text: String, option name: String) throws -> Instant {
    guard let date = try? Date(text, strategy: .iso8601),
      let time = Int64(exactly: date.timeIntervalSince1970.rounded()).flatMap({ Instant(seconds: $0) })
    else { throw SettingError(name: name, value: text, wanted: "a time such as 2026-03-01T17:05:00Z") }
    return time
  }
}

/// `fastshop audit verify`: verifies that the audit log is unchanged.
struct VerifyAuditCommand: AsyncParsableCommand {
  /// The status of a log that fits together, but was compared with nothing that the database's owners cannot write.
  static let uncompared = ExitCode(3)

  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Find entries of the audit log that were changed, removed, forged or moved.",
    discussion: """
      Recomputes the hash and the MAC of every entry, and compares the log with stored and exported heads. Servers \
      keep running. It needs the servers' keys. The exit status is 1 if the log is damaged, and 3 if it is consistent \
      but there were no heads to compare: then a removal of the newest entries is not detected. Flags take precedence \
      over the environment: DATABASE_URL, FASTSHOP_DATA_DIR, FASTSHOP_KEY_FILE, FASTSHOP_KEYS, FASTSHOP_LOG_LEVEL, \
      FASTSHOP_LOG_FORMAT.
      """)

  @Option(
    help: ArgumentHelp(
      "File of heads of the last run: it is compared, and rewritten if the log is intact.", valueName: "path"))
  var heads: String?

  @Flag(help: "Create the file of --heads, or replace one that an earlier release did not sign.")
  var first = false

  @Option(
    help: ArgumentHelp(
      "File with heads that servers exported (FASTSHOP_AUDIT_HEADS_FILE, or a log); - for standard input.",
      valueName: "path"))
  var sent: [String] = []

  @Flag(help: "Compare with the heads in the object store that FASTSHOP_AUDIT_STORE_URL names.")
  var store = false

  @Option(
    help: ArgumentHelp(
      "Ignore heads exported before this time, after a restore: 2026-03-01T17:05:00Z.",
      valueName: "time"))
  var since: String?

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    let task = try DatabaseTask(database, logs)
    let settings = task.settings
    let since = try CommandFailure.exitOnError { try self.since.map { try AuditCommand.time($0, option: "--since") } }
    let place = try CommandFailure.exitOnError { try storeSettings() }
    try await task.run { database, loop, _ in
      let keys = try await AuditCommand.keys(settings, database, on: loop)
      let file: HeadsFile?
      let known: RecordedHeads
      do {
        file = try heads.map { try HeadsFile(path: $0, isFirst: first, keys) }
        known = try await noted(file, place, since: since, keys, on: loop)
      } catch let error as NothingToCompare {
        throw CommandFailure.exit("\(error)", format: LogSettings.installedFormat, code: Self.uncompared)
      }
      let now = Instant.nowAtMost
      let outcome = try await database.use(on: loop) { connections in
        try await AuditVerification(keys, noted: known, now: now).run(connections)
      }
      try Self.tell(outcome)
      try file?.write(outcome.heads, keys)
      try conclude(outcome)
    }
  }

  private func storeSettings() throws -> ObjectStoreSettings? {
    guard store else { return nil }
    let source = SettingSource(environment: ProcessInfo.processInfo.environment)
    guard let settings = try ObjectStoreSettings(source) else {
      throw SettingError(name: "--store", value: nil, wanted: "used only when FASTSHOP_AUDIT_STORE_URL is set")
    }
    return settings
  }

  /// All heads to compare the log with. A store without any is an error: it is not the store that servers write to.
  private func noted(
    _ file: HeadsFile?, _ place: ObjectStoreSettings?, since: Instant?, _ keys: AuditKeys, on loop: EventLoop
  ) async throws -> RecordedHeads {
    var noted = file?.noted ?? RecordedHeads()
    for path in sent {
      try LineFile(path: path).forEachLine { number, line in
        noted.add(line: line[...], number: number, since: since, keys)
      }
    }
    guard let place else { return noted }
    let before = noted.count
    try await AuditHeadsStore(place, node: "", on: loop).read(into: &noted, since: since, keys)
    guard noted.count > before || noted.hasFlaws else { throw NothingToCompare(path: place.bucket.url) }
    return noted
  }

  private static func tell(_ outcome: AuditVerification.Outcome) throws {
    for flaw in outcome.flaws { StandardStream.output.write("\(flaw)\n") }
    for remark in outcome.remarks { StandardStream.output.write("remark: \(remark)\n") }
    guard outcome.flawCount == 0 else { throw BrokenAuditLog(flaws: outcome.flawCount, entries: outcome.entries) }
  }

  private func conclude(_ outcome: AuditVerification.Outcome) throws {
    let isFirst = first && heads != nil
    guard (outcome.compared > 0 || isFirst) && !outcome.isSendingLate else {
      throw CommandFailure.exit(
        "the audit log is consistent, but there are no heads to compare its newest entries with: "
          + "\(outcome.entries) entries; see --heads and --sent",
        format: LogSettings.installedFormat, code: Self.uncompared)
    }
    StandardStream.output.write(
      "the audit log is intact: \(outcome.entries) entries"
        + (outcome.compared > 0 ? ", compared with \(outcome.compared) heads\n" : "; its heads are stored\n"))
  }
}

/// `fastshop audit bound`: sets the boundary up to which entries may lack a MAC.
struct BoundAuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bound",
    abstract: "Accept entries without a MAC up to now, because an earlier release wrote them.",
    discussion: """
      A server does this once, 15 minutes after the upgrade. It is needed again only if servers of the earlier release \
      ran for longer. Check the entries without a MAC first. The command is recorded in the audit log.
      """)

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    let task = try DatabaseTask(database, logs)
    let settings = task.settings
    try await task.run { database, loop, _ in
      guard let vault = try await ShopVault.openMade(settings, database, on: loop) else {
        throw VaultError.notOpened
      }
      try await database.use(on: loop) { connections in
        try await connections.work(as: .command("fastshop audit bound", vault: vault)) { work in
          try await AuditBoundary.move(work.transaction, vault.auditKeys, at: work.now)
          try work.audit(AuditBoundary.movedAction, on: "audit.entry", "all")
        }
      }
      StandardStream.output.write("from now on every entry needs a MAC\n")
    }
  }
}

/// The audit log was changed.
struct BrokenAuditLog: Error, CustomStringConvertible {
  let flaws: Int
  let entries: Int

  var description: String { "the audit log is damaged: \(flaws) flaws in \(entries) entries" }
}
