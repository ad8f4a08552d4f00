import ArgumentParser

/// The options of sign-in. Kept as text, like the other options.
struct SignInOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Issuer (iss) of access tokens: an https URL (https://fastshop.localhost).",
      valueName: "url"))
  var issuer: String?

  @Option(help: ArgumentHelp("Audience (aud) of access tokens (fastshop).", valueName: "name"))
  var audience: String?

  @Option(help: ArgumentHelp("Lifetime of an access token, in seconds (600).", valueName: "seconds"))
  var accessTokenSeconds: String?

  @Option(help: ArgumentHelp("Lifetime of a session after its last refresh, in days (30).", valueName: "days"))
  var sessionDays: String?

  @Option(help: ArgumentHelp("How long a key signs access tokens, in days (30).", valueName: "days"))
  var signingKeyDays: String?

  @Option(
    help: ArgumentHelp(
      #"Whether staff need a second factor: "on" or "off" (off)."#,
      valueName: "on|off"))
  var staffSecondFactor: String?

  @Option(
    help: ArgumentHelp(
      "Failed sign-ins of an account before lock-outs start (4).",
      valueName: "count"))
  var accountFailures: String?

  @Option(
    help: ArgumentHelp(
      "Failed sign-ins from an IP address, with any accounts, before lock-outs start (19).", valueName: "count"))
  var addressFailures: String?

  @Option(
    help: ArgumentHelp(
      "URL of the shop's web pages, for links in mails (built-in pages at --listen).",
      valueName: "url"))
  var siteURL: String?
}
