import RPC
import Testing

@testable import Platform

/// For whom a proxy calls, from what it says and who it is.
@Suite struct TrustedProxiesTests {
  /// Who is at the other end, what the header's fields say, and who calls.
  typealias Saying = (String?, [String], String?)

  static let forwardedFor: [Saying] = [
    // The headers of an untrusted peer are ignored.
    ("198.51.100.7", ["203.0.113.9"], "198.51.100.7"), ("198.51.100.7", [], "198.51.100.7"),
    ("10.0.0.1", [], "10.0.0.1"), ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    ("10.0.0.1", ["203.0.113.9, 10.0.0.2"], "203.0.113.9"), ("10.0.0.1", ["203.0.113.9", "10.0.0.2"], "203.0.113.9"),
    // What the caller itself wrote stands first, and is not reached.
    ("10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"), ("10.0.0.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
    ("10.0.0.1", ["127.0.0.1, 203.0.113.9, 10.0.0.3,10.0.0.2"], "203.0.113.9"),
    // A call from within.
    ("10.0.0.1", ["10.0.0.9"], "10.0.0.9"), ("10.0.0.1", ["10.0.0.9, 10.0.0.2"], "10.0.0.9"),
    // Ports, brackets, both kinds of addresses.
    ("10.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"), ("10.0.0.1", ["2001:db8::9"], "2001:db8::9"),
    ("10.0.0.1", ["[2001:db8::9]:4711"], "2001:db8::9"), ("2001:db8:1::1", ["203.0.113.9"], "203.0.113.9"),
    ("::ffff:10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
    // What is no address ends what is known.
    ("10.0.0.1", ["unknown"], "10.0.0.1"), ("10.0.0.1", ["203.0.113.9, unknown"], "10.0.0.1"),
    ("10.0.0.1", ["203.0.113.9, , 10.0.0.2"], "10.0.0.2"), ("10.0.0.1", [""], "10.0.0.1"),
    ("10.0.0.1", ["203.0.113.9:"], "10.0.0.1"), ("10.0.0.1", ["203.0.113.9:x"], "10.0.0.1"),
    ("10.0.0.1", ["[2001:db8::9"], "10.0.0.1"), ("10.0.0.1", ["[2001:db8::9]x"], "10.0.0.1"),
    // There are no quotes: what a caller opens swallows nothing of what nginx appends ($proxy_add_x_forwarded_for).
    ("10.0.0.1", [#"", 203.0.113.9"#], "203.0.113.9"), ("10.0.0.1", [#"10.77.1.1", 203.0.113.9"#], "203.0.113.9"),
    ("10.0.0.1", [#"10.77.1.1;x=""#, "203.0.113.9"], "203.0.113.9"),
    ("10.0.0.1", [#"", 203.0.113.9, 10.0.0.2"#], "203.0.113.9"),
    ("10.0.0.1", [#"\, 203.0.113.9"#], "203.0.113.9"), ("10.0.0.1", [#""\"#, "203.0.113.9"], "203.0.113.9"),
    ("10.0.0.1", ["unix:"], "10.0.0.1"),
    // Over a Unix socket.
    (nil, ["203.0.113.9"], "203.0.113.9"), (nil, [], nil), (nil, ["nobody"], nil),
  ]

  static let forwarded: [Saying] = [
    ("198.51.100.7", ["for=203.0.113.9"], "198.51.100.7"), ("10.0.0.1", ["for=203.0.113.9"], "203.0.113.9"),
    ("10.0.0.1", ["For=203.0.113.9;proto=http;by=10.0.0.1"], "203.0.113.9"),
    ("10.0.0.1", ["proto=http; for=203.0.113.9 , for=10.0.0.2"], "203.0.113.9"),
    ("10.0.0.1", [#"for="[2001:db8::9]:4711""#], "2001:db8::9"),
    ("10.0.0.1", [#"for="203.0.113.9:80""#], "203.0.113.9"),
    ("10.0.0.1", [#"for=1.1.1.1, for="203.0.113.9";host="a,b;c""#], "203.0.113.9"),
    ("10.0.0.1", [#"host="\",for=1.1.1.1", for=203.0.113.9"#], "203.0.113.9"),
    ("10.0.0.1", ["for=_hidden"], "10.0.0.1"), ("10.0.0.1", ["for=unknown, for=10.0.0.2"], "10.0.0.2"),
    ("10.0.0.1", ["proto=https"], "10.0.0.1"), ("10.0.0.1", ["for=203.0.113.9;for=1.1.1.1"], "203.0.113.9"),
    ("10.0.0.1", [], "10.0.0.1"), ("10.0.0.1", ["", "for=203.0.113.9"], "203.0.113.9"),
    // Several fields are one list, in their order; its empty members do not count.
    ("10.0.0.1", ["for=1.1.1.1", "for=203.0.113.9", "for=10.0.0.2"], "203.0.113.9"),
    ("10.0.0.1", ["for=203.0.113.9, , for=10.0.0.2,"], "203.0.113.9"),
    // The headers of an untrusted peer are not even read.
    ("198.51.100.7", [#"for=""#], "198.51.100.7"),
  ]

  /// What a caller writes before a proxy appends its own, to hide that in quotes.
  static let unbalanced: [[String]] = [
    [#"for=""#], [#"for=10.77.1.1;x=", for=203.0.113.9"#], [#"for=10.77.1.1;x=""#, "for=203.0.113.9"],
    [#"for=10.77.1.1;x=", for="[2001:db8::9]:4711""#], [#"for=10.77.1.1;x="\", for="[2001:db8::9]:4711""#],
    [#"for=10.77.1.1;x=", for="203.0.113.9";host="a""#], [#"for="10.77.1.1"x", for=203.0.113.9"#],
    [#"for=10.77.1.1;x="\"#, "for=203.0.113.9"], [#"", for=203.0.113.9"#], ["203.0.113.9"],
    ["for=10.77.1.1 x, for=203.0.113.9"], [#"for=10.77.1.1;x="a"b="c", for=203.0.113.9"#],
  ]

  private static let ours = AddressList("10.0.0.0/8,2001:db8:1::/48,unix")!

  private static func client(_ peer: String?, _ header: ForwardedHeader, _ values: [String]) throws -> String? {
    var metadata = Metadata()
    for value in values { metadata.add(header.rawValue, value) }
    let proxies = TrustedProxies(ours, header: header)
    return try proxies.client(peer: peer.flatMap { IPAddress($0) }) { metadata }?.description
  }

  @Test(arguments: forwardedFor)
  func `x-forwarded-for is read from its end, as far as our proxies wrote it`(
    peer: String?, values: [String], client: String?
  ) throws {
    #expect(try Self.client(peer, .xForwardedFor, values) == client)
  }

  @Test(arguments: forwarded)
  func `forwarded is read likewise`(peer: String?, values: [String], client: String?) throws {
    #expect(try Self.client(peer, .forwarded, values) == client)
  }

  @Test(arguments: unbalanced)
  func `forwarded that breaks its grammar is refused, for nobody can tell whose words it hides`(values: [String]) {
    #expect(throws: ForwardedHeader.Malformed.self) { try Self.client("10.0.0.1", .forwarded, values) }
  }

  @Test func `only the header that is configured counts`() throws {
    #expect(TrustedProxies.none.isEmpty)
    var metadata = Metadata()
    metadata.add("forwarded", "for=203.0.113.9")
    let proxies = TrustedProxies(Self.ours, header: .xForwardedFor)
    #expect(try proxies.client(peer: IPAddress("10.0.0.1")) { metadata } == IPAddress("10.0.0.1"))
  }

  @Test func `a header of any length is read in part`() throws {
    let proxies = Array(repeating: "10.0.0.9", count: 10_000).joined(separator: ",")
    #expect(try Self.client("10.0.0.1", .xForwardedFor, ["203.0.113.9," + proxies]) == "10.0.0.9")
  }
}
