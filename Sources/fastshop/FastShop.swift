import ArgumentParser
import EventLoop
import FoundationEssentials
import Processes
import Sealing

/// The start of the process. The main thread starts other programs; all other work runs on other threads.
@main
enum MainThread {
  /// The commands that say themselves what a signal does.
  private static let servingCommands = ["serve", "serve-worker"]

  static func main() {
    OpenSSLLibrary.keepUntilEnd()
    // A signal that comes while the process starts waits: SIGHUP would end the server instead of reloading.
    if CommandLine.arguments.dropFirst().first.map(servingCommands.contains) == true {
      ProcessSignals.hold(true)
      checkAddressSpace()
    }
    SpawningThread.become {
      await FastShop.main()
      FastShop.exit()
    }
  }

  /// Without the address space of one loop, no other thread gets a heap: parsing the arguments there would crash.
  private static func checkAddressSpace() {
    do {
      try ServeCommand.checkAddressSpace(loops: 1)
    } catch {
      let isJSON = LogSettings.isJSON(ProcessInfo.processInfo.environment)
      FastShop.exit(withError: CommandFailure.exit("\(error)", format: isJSON ? .json : .logfmt))
    }
  }
}

/// The program. It finds the command and runs it.
struct FastShop: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fastshop",
    abstract: "FastShop, the backend of a marketplace.",
    discussion: """
      To start:
        fastshop serve --demo
        fastshop call catalog.v1.CatalogService/ListProducts '{"page_size": 3}'

      Every setting has a flag, an environment variable and a default, in this order of precedence.
      """,
    version: "fastshop \(Version.text)",
    subcommands: [
      ServeCommand.self, MigrateCommand.self, SeedCommand.self, CallCommand.self, MailCommand.self,
      JobsCommand.self, ConsumersCommand.self, KeysCommand.self, AuditCommand.self, CreateAdminCommand.self,
      ConvertPricesCommand.self, ServeWorkerCommand.self,
    ])

  /// Runs the command that the arguments name. Where logs are JSON, so is what is wrong with the arguments.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      let isUsage = exitCode(for: error) == .validationFailure
      guard isUsage, LogSettings.isJSON(ProcessInfo.processInfo.environment) else { exit(withError: error) }
      exit(withError: CommandFailure.exit(message(for: error), format: .json, code: .validationFailure))
    }
  }
}
