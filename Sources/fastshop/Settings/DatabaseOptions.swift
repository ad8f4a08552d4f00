import ArgumentParser

/// Where the data is. Shared by every command that needs Postgres.
struct DatabaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Postgres to use, as postgres://user@host/name. Without it, FastShop runs one of its own in the data directory.",
      valueName: "url"))
  var databaseURL: String?

  @Option(
    help: ArgumentHelp(
      "Where FastShop keeps its own Postgres and its development certificate (./data).", valueName: "path"))
  var dataDir: String?

  @Option(
    help: ArgumentHelp(
      "File of the master keys, one a line in base64, the one in use first (made as \"keys\" in the data directory).",
      valueName: "path"))
  var keyFile: String?
}
