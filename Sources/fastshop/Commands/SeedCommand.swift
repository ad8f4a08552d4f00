import ArgumentParser
import DemoShop
import FoundationEssentials

/// `fastshop seed`: creates demo products.
struct SeedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seed",
    abstract: "Fill the shop with demo data, which is the same every time.",
    discussion: """
      A larger shop contains the products of a smaller one. All products are created in one transaction. Flags take \
      precedence over the environment: DATABASE_URL, FASTSHOP_CURRENCY, FASTSHOP_DATA_DIR, FASTSHOP_LOG_LEVEL, \
      FASTSHOP_LOG_FORMAT.
      """)

  @Option(
    help: ArgumentHelp(
      "Number of products, up to \(DemoShop.productsMax) (\(DemoShop.productsUsual)).", valueName: "count"))
  var products: String?

  @Flag(help: "Delete the shop's catalogue and stock first.")
  var replace = false

  @Option(help: ArgumentHelp("The currency of the shop, by ISO 4217 (EUR).", valueName: "code"))
  var currency: String?

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    let (count, currency) = try CommandFailure.exitOnError {
      let source = SettingSource(environment: ProcessInfo.processInfo.environment)
      return (try productCount(), try ServeSettings.currency(self.currency, source))
    }
    let filling = DemoSeeding(products: count, isReplacing: replace, currency: currency)
    try await DatabaseTask(database, logs).run { database, loop, log in
      try await filling.fill(database, on: loop, log: log)
    }
  }

  private func productCount() throws(SettingError) -> Int {
    guard let products else { return DemoShop.productsUsual }
    guard let count = Int(products), (1...DemoShop.productsMax).contains(count) else {
      throw SettingError(
        name: "--products", value: products, wanted: "a whole number from 1 to \(DemoShop.productsMax)")
    }
    return count
  }
}
