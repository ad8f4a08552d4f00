import ArgumentParser

/// How people sign in. Kept as text, as the other options are.
struct SignInOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Who gives access tokens out, as they say themselves: an https URL (https://fastshop.localhost).",
      valueName: "url"))
  var issuer: String?

  @Option(help: ArgumentHelp("Whom access tokens are for, as they say themselves (fastshop).", valueName: "name"))
  var audience: String?

  @Option(help: ArgumentHelp("How long an access token is good for, in seconds (600).", valueName: "seconds"))
  var accessTokenSeconds: String?

  @Option(help: ArgumentHelp("How long a session lasts from its last refresh, in days (30).", valueName: "days"))
  var sessionDays: String?

  @Option(help: ArgumentHelp("How long a key signs access tokens, in days (30).", valueName: "days"))
  var signingKeyDays: String?

  @Option(
    help: ArgumentHelp(
      #"Whether staff must show a second factor before they may do anything: "on" or "off" (off)."#,
      valueName: "on|off"))
  var staffSecondFactor: String?

  @Option(
    help: ArgumentHelp(
      "How many failed sign-ins of an account have no consequence; each one more locks it for a while (4).",
      valueName: "count"))
  var accountFailures: String?

  @Option(
    help: ArgumentHelp(
      "The same for an address, whatever accounts it tries (19).", valueName: "count"))
  var addressFailures: String?

  @Option(
    help: ArgumentHelp(
      "Where people follow the links of mails: the address of the shop's web pages (simple pages at --listen).",
      valueName: "url"))
  var siteURL: String?
}
