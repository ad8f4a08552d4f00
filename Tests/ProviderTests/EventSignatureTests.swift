import Testing

@testable import Platform

@Suite struct EventSignatureTests {
  private static let now = Instant(clamping: 1_764_500_000_000_000)
  private static let body = Array(#"{"id":"evt_1"}"#.utf8)
  private static let right = EventSignature.field(over: body, secret: "new", at: now)
  private static let old = EventSignature.field(over: body, secret: "old", at: now)
  private static let digits = String(right.split(separator: "=")[2])

  @Test func `the signature is the one that others compute`() {
    // printf '1764500000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac new
    #expect(Self.right == "t=1764500000,v1=\(Self.expected)")
  }

  private static let expected = "9f6314e8717753441400da3027fa11d7899d47410cd676b748e9bb36845a28fc"

  private static let both = old + ",v1=" + digits
  private static let endless = right + String(repeating: ",v1=" + digits, count: 100)
  private static let strangers = EventSignature.field(over: body, secret: "guess", at: now)
  private static let ofOtherBody = EventSignature.field(over: body + [0x20], secret: "new", at: now)

  /// A field of a time and a signature.
  private static func field(_ time: String, _ signature: String = digits) -> String { "t=\(time),v1=\(signature)" }

  @Test(
    arguments: [
      ("as it was made", right, 0, nil), ("of the secret before", old, 0, nil),
      ("both, while a secret is replaced", both, 0, nil),
      ("beside one of another scheme", "v0=abc,\(right)", 0, nil),
      ("in capitals", field("1764500000", digits.uppercased()), 0, nil),
      ("five minutes old", right, 300, nil), ("from five minutes ahead", right, -300, nil),
      ("older", right, 301, .outsideWindow), ("from further ahead", right, -301, .outsideWindow),
      ("by a stranger", strangers, 0, .wrong), ("over another body", ofOtherBody, 0, .wrong),
      ("with another time", field("1764500001"), 0, .wrong),
      ("with the time in another form", field("01764500000"), 0, .wrong),
      ("cut", String(right.dropLast()), 0, .malformed), ("none", nil, 0, .malformed), ("nothing", "", 0, .malformed),
      ("no time", "v1=\(digits)", 0, .malformed), ("no signature", "t=1764500000", 0, .malformed),
      ("a time beyond all numbers", field("99999999999999999999"), 0, .malformed),
      ("a time beyond all years", field("9223372036854775807"), 0, .malformed),
      ("letters that are no digits", field("1764500000", String(repeating: "g", count: 64)), 0, .malformed),
      ("signs among the digits", field("1764500000", String(repeating: "+1", count: 32)), 0, .malformed),
      ("digits of another script", field("1764500000", String(repeating: "٣", count: 32)), 0, .malformed),
      ("endless", endless, 0, .malformed),
    ] as [(String, String?, Int, EventSignature.Refusal?)])
  func `a signature is accepted or refused`(
    _ story: String, field: String?, secondsLater: Int, refusal: EventSignature.Refusal?
  ) {
    let signature = EventSignature(secrets: ["new", "old"])
    var found: EventSignature.Refusal?
    do throws(EventSignature.Refusal) {
      try signature.verify(field, over: Self.body, at: Self.now + .seconds(secondsLater))
    } catch {
      found = error
    }
    #expect(found == refusal, "\(story)")
  }
}
