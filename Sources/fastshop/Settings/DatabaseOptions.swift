import ArgumentParser

/// The location of the data. Shared by all commands that need Postgres.
struct DatabaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Postgres to use, as postgres://user@host/name. Without it, FastShop runs an embedded one in the data directory.",
      valueName: "url"))
  var databaseURL: String?

  @Option(
    help: ArgumentHelp(
      "Replica of that Postgres for reports and exports. Without it, they run on the primary.", valueName: "url"))
  var databaseReplicaURL: String?

  @Option(
    help: ArgumentHelp(
      "Directory of the embedded Postgres, the keys and the development certificate (./data).", valueName: "path"))
  var dataDir: String?

  @Option(
    help: ArgumentHelp(
      "File of the master keys, one base64 key a line, the current one first (\"keys\" in the data directory).",
      valueName: "path"))
  var keyFile: String?
}
