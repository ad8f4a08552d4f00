import ArgumentParser

/// The delivery of e-mails. The mail server's URL contains a password, so it is read from the environment alone.
struct MailOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Sender of mails: an address, or a name and an address (FastShop <no-reply@localhost>).",
      valueName: "address"))
  var mailFrom: String?

  @Option(
    help: ArgumentHelp(
      "PEM file with the authorities of the mail server's certificate (the system's).", valueName: "path"))
  var smtpAuthority: String?

  @Option(
    help: ArgumentHelp(
      "Maximum mails of a kind to an address in 15 minutes that anyone can trigger (3).",
      valueName: "n"))
  var mailsPerQuarterHour: String?

  @Option(help: ArgumentHelp("The same limit per day (10).", valueName: "n"))
  var mailsPerDay: String?
}
