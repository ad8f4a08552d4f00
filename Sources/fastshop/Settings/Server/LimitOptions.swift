import ArgumentParser

/// How much callers may call, and from where. Kept as text, as the other options are.
struct LimitOptions: ParsableArguments {
  @Option(help: ArgumentHelp(#"Whether callers are limited: "on" or "off" (on)."#, valueName: "on|off"))
  var rateLimits: String?

  @Option(
    help: ArgumentHelp(
      """
      How much each caller who is signed in may call, such as 100/min, or 100/min:150 for a burst of 150, or "off" \
      (100/min). By allowance: 100/min,browse=600/min,credentials=20/min,stream=60/min,bulk=10/min,session=10/min.
      """,
      valueName: "rate"))
  var rateSignedIn: String?

  @Option(
    help: ArgumentHelp(
      """
      How much all guests of an address together may call, in the same words (20/min). By allowance: \
      20/min,browse=600/min,credentials=10/min,stream=10/min,bulk=2/min,session=10/min.
      """,
      valueName: "rate"))
  var ratePublic: String?

  @Option(
    help: ArgumentHelp(
      "How much single API keys may call instead: ID=1000/min, several with commas between (none).",
      valueName: "rates"))
  var rateKeys: String?

  @Option(
    help: ArgumentHelp(
      "How many bad credentials of an address are looked at (300/min), or \"off\" for all.", valueName: "rate"))
  var rateBadCredentials: String?

  @Option(help: ArgumentHelp("How many callers the limiter remembers at once (1000000).", valueName: "count"))
  var rateCallers: String?

  @Option(
    help: ArgumentHelp(
      """
      How many streams a caller may have open at once, or "off"; all guests of an address together \
      (guest=200,user=100,program=1000).
      """,
      valueName: "bounds"))
  var openStreams: String?

  @Option(
    help: ArgumentHelp(
      "How many other calls a caller may have open at once, in the same words (guest=1000,user=1000,program=2000).",
      valueName: "bounds"))
  var openCalls: String?

  @Option(
    help: ArgumentHelp(
      "How many streams, and how many other calls, single API keys may have open instead: ID=5000,ID=off (none).",
      valueName: "bounds"))
  var openKeys: String?

  @Option(
    help: ArgumentHelp(
      "Whose word is taken for whom they call: 10.0.0.0/8, [IPV6]/BITS without brackets, unix; with commas (none).",
      valueName: "addresses"))
  var trustedProxies: String?

  @Option(
    help: ArgumentHelp(
      "The header in which they say it: x-forwarded-for or forwarded (x-forwarded-for).", valueName: "name"))
  var forwardedHeader: String?

  @Option(
    help: ArgumentHelp(
      "From where administrative methods may be called, in the words of --trusted-proxies (everywhere).",
      valueName: "addresses"))
  var adminAddresses: String?
}
