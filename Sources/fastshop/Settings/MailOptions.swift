import ArgumentParser

/// How mails get out. The mail server's URL holds a password, so the environment alone can say it.
struct MailOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Whom mails are from: an address, or a name and an address (FastShop <no-reply@localhost>).",
      valueName: "address"))
  var mailFrom: String?

  @Option(
    help: ArgumentHelp(
      "PEM file of the authorities that sign the mail server's certificate (the system's).", valueName: "path"))
  var smtpAuthority: String?

  @Option(
    help: ArgumentHelp(
      "How many mails of a kind an address is sent in 15 minutes because strangers ask for them (3).",
      valueName: "n"))
  var mailsPerQuarterHour: String?

  @Option(help: ArgumentHelp("The same for a day (10).", valueName: "n"))
  var mailsPerDay: String?
}
