import ArgumentParser

/// The limits of callers, and the addresses of administrators. Kept as text, like the other options.
struct LimitOptions: ParsableArguments {
  @Option(help: ArgumentHelp(#"Whether to limit the rate of calls: "on" or "off" (on)."#, valueName: "on|off"))
  var rateLimits: String?

  @Option(
    help: ArgumentHelp(
      """
      Rate limit per signed-in caller: 100/min, 100/min:150 for a burst of 150, or "off" (100/min). By allowance: \
      100/min,browse=600/min,credentials=20/min,stream=60/min,bulk=10/min,session=10/min.
      """,
      valueName: "rate"))
  var rateSignedIn: String?

  @Option(
    help: ArgumentHelp(
      """
      Rate limit of all guests of an IP address together, in the same form (20/min). By allowance: \
      20/min,browse=600/min,credentials=10/min,stream=10/min,bulk=2/min,session=10/min.
      """,
      valueName: "rate"))
  var ratePublic: String?

  @Option(
    help: ArgumentHelp(
      "Rate limits of single API keys: ID=1000/min, comma-separated (none).",
      valueName: "rates"))
  var rateKeys: String?

  @Option(
    help: ArgumentHelp(
      "Rate limit of checks of invalid credentials per IP address, or \"off\" (300/min).", valueName: "rate"))
  var rateBadCredentials: String?

  @Option(help: ArgumentHelp("How many callers the rate limiter tracks at once (1000000).", valueName: "count"))
  var rateCallers: String?

  @Option(
    help: ArgumentHelp(
      """
      Maximum open streams per caller, or "off"; the guests of an IP address count together \
      (guest=200,user=100,program=1000).
      """,
      valueName: "bounds"))
  var openStreams: String?

  @Option(
    help: ArgumentHelp(
      "Maximum open unary calls per caller, in the same form (guest=1000,user=1000,program=2000).",
      valueName: "bounds"))
  var openCalls: String?

  @Option(
    help: ArgumentHelp(
      "Maximum open streams, and unary calls, of single API keys: ID=5000,ID=off (none).",
      valueName: "bounds"))
  var openKeys: String?

  @Option(
    help: ArgumentHelp(
      "Proxies whose client address is trusted: 10.0.0.0/8, 2001:db8::/32, unix; comma-separated (none).",
      valueName: "addresses"))
  var trustedProxies: String?

  @Option(
    help: ArgumentHelp(
      "Header with the client address: x-forwarded-for or forwarded (x-forwarded-for).", valueName: "name"))
  var forwardedHeader: String?

  @Option(
    help: ArgumentHelp(
      "Addresses that may call administrative methods, in the form of --trusted-proxies (all).",
      valueName: "addresses"))
  var adminAddresses: String?
}
