import ArgumentParser

/// The program: it finds the command and runs it.
@main
struct FastShop: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fastshop",
    abstract: "FastShop, a marketplace's backend: serve it, fill it, call it.",
    discussion: """
      To begin:
        fastshop serve --demo
        fastshop call catalog.v1.CatalogService/ListProducts '{"page_size": 3}'

      Every setting has a flag, an environment variable and a default, and counts in that order.
      """,
    subcommands: [
      ServeCommand.self, MigrateCommand.self, SeedCommand.self, CallCommand.self, APICommand.self,
      MailCommand.self, KeysCommand.self, AuditCommand.self, CreateAdminCommand.self, ServeWorkerCommand.self,
    ])
}
