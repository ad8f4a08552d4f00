import ArgumentParser
import Catalog
import EventLoop
import Platform

/// `fastshop convert-prices`: gives the shop another currency.
struct ConvertPricesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert-prices",
    abstract: "Convert the prices of products into another currency, with the servers stopped.",
    discussion: """
      Stop all servers first: while one is connected, nothing is converted. All prices of variants that are in one \
      currency are converted, and those in rules of collections; half a minor unit is rounded up. Scheduled ones are \
      cancelled, and price lists keep their currency. It is safe to run again after an interruption. Then start the \
      servers with FASTSHOP_CURRENCY set to the new currency. If a server has used the database, the command needs the \
      server's keys (FASTSHOP_KEY_FILE, FASTSHOP_KEYS), because it signs its audit log entries.
      """)

  @Option(help: ArgumentHelp("The currency of the prices that are converted.", valueName: "code"))
  var from: String

  @Option(help: ArgumentHelp("The new currency.", valueName: "code"))
  var to: String

  @Option(
    help: ArgumentHelp("What a unit of the former currency costs in the new one, such as 0.9465.", valueName: "number"))
  var rate: String

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    let (currency, conversion) = try CommandFailure.exitOnError { try self.conversion() }
    let task = try DatabaseTask(database, logs)
    let settings = task.settings
    try await task.run(needsServersStopped: true) { database, loop, _ in
      let vault = try await ShopVault.openMade(settings, database, on: loop)
      let count = try await database.use(on: loop) { connections in
        let count = try await conversion.run(connections, byCommand: "fastshop convert-prices", vault: vault)
        try await ShopCurrency(currency).establish(in: connections)
        return count
      }
      StandardStream.output.write("converted the prices of \(count) variants to \(currency)\n")
    }
  }

  private func conversion() throws(SettingError) -> (new: Currency, PriceConversion) {
    guard let former = Currency(from) else {
      throw SettingError(name: "--from", value: from, wanted: ServeSettings.currencyWanted)
    }
    guard let new = Currency(to), new != former else {
      throw SettingError(name: "--to", value: to, wanted: "another currency: \(ServeSettings.currencyWanted)")
    }
    guard let rate = Rate(decimal: rate), let conversion = PriceConversion(from: former, to: new, rate: rate) else {
      throw SettingError(name: "--rate", value: rate, wanted: "a decimal number above 0, such as 0.9465")
    }
    return (new, conversion)
  }
}
