import Testing

@testable import RPC

/// Who a client may be, and what the server then knows of it.
@Suite struct MutualTLSTests {
  let folder = TemporaryDirectory()

  /// Both sides after the handshake. The server's certificate is the same authority's.
  func pair(
    _ authority: TestAuthority, client: TLSIdentity?, strictness: ClientVerification.Strictness = .required,
    revocations: String? = nil, version: TLSVersion = .v1_3
  ) throws -> TLSPair {
    let own = try authority.sign(.init(name: "server", alternativeNames: "DNS:localhost", usage: "serverAuth"))
    let server = try TLSContext(
      server: TLSConfiguration(
        certificateChainPath: own.certificateChainPath, privateKeyPath: own.privateKeyPath, minimumVersion: .v1_2,
        clients: ClientVerification(
          authorityPath: authority.path, strictness: strictness, revocationsPath: revocations)))
    let caller = try TLSContext(
      client: TLSClientConfiguration(
        serverName: "localhost", trust: .roots(path: authority.path), identity: client, minimumVersion: .v1_2))
    if version == .v1_2 { TLS12Client.limit(caller) }
    return try TLSPair(server: server, client: caller)
  }

  @Test(arguments: [TLSVersion.v1_2, .v1_3])
  func `the server knows whom it serves`(version: TLSVersion) throws {
    let authority = try TestAuthority(folder)
    let identity = try authority.sign(
      .init(
        alternativeNames: "DNS:alice.example,DNS:*.a.example,URI:spiffe://shop/alice,email:alice@shop.example",
        serialNumber: 0x1234_abcd))
    let pair = try pair(authority, client: identity, version: version)
    try pair.shakeHands()
    let peer = try #require(pair.server.peerCertificate)
    #expect(peer.subject == #"CN=alice,O=FastShop\, tests"#)
    #expect(peer.issuer == #"CN=authority,O=FastShop\, tests"#)
    #expect(peer.dnsNames == ["alice.example", "*.a.example"])
    #expect(peer.uris == ["spiffe://shop/alice"])
    #expect(peer.emailAddresses == ["alice@shop.example"])
    #expect(peer.serialNumber == "1234abcd")
    #expect(peer.fingerprint.wholeMatch(of: #/[0-9a-f]{64}/#) != nil)
    #expect(peer.validity.count == 3_661, "from a minute ago to an hour from now")
    #expect(pair.client.peerCertificate?.dnsNames == ["localhost"])
    #expect(pair.server.version == (version == .v1_2 ? "TLSv1.2" : "TLSv1.3"))
  }

  @Test(arguments: [TLSVersion.v1_2, .v1_3], ["stranger", "expired", "a server's", "nobody"])
  func `whom it does not believe stays outside`(version: TLSVersion, who: String) throws {
    let authority = try TestAuthority(folder)
    let identity: TLSIdentity? =
      switch who {
      case "stranger": try TestAuthority(folder, named: "another").sign()
      case "expired": try authority.sign(.init(validitySeconds: -10))
      case "a server's": try authority.sign(.init(usage: "serverAuth"))
      default: nil
      }
    let required = try pair(authority, client: identity, version: version)
    #expect(throws: TLSError.self) { try required.shakeHands() }
    #expect(!required.server.isEstablished)
    // Showing nothing may be permitted, showing something bad never is.
    let optional = try pair(authority, client: identity, strictness: .optional, version: version)
    if who == "nobody" {
      try optional.shakeHands()
      #expect(optional.server.isEstablished && optional.server.peerCertificate == nil)
    } else {
      #expect(throws: TLSError.self) { try optional.shakeHands() }
      #expect(!optional.server.isEstablished)
    }
  }

  @Test func `a revoked certificate is worth nothing`() throws {
    let authority = try TestAuthority(folder)
    let revocations = try authority.revoke([5, 66])
    for (number, isServed) in [(UInt64(5), false), (6, true), (66, false)] {
      let pair = try pair(authority, client: authority.sign(.init(serialNumber: number)), revocations: revocations)
      try? pair.shakeHands()
      #expect(pair.server.isEstablished == isServed, "number \(number)")
    }
  }

  @Test func `an outdated list of revocations lets nobody in`() throws {
    let authority = try TestAuthority(folder)
    let pair = try pair(authority, client: authority.sign(), revocations: authority.revoke([], validitySeconds: -10))
    #expect(throws: TLSError.self) { try pair.shakeHands() }
  }

  @Test func `a file without revocations is an error that names it`() throws {
    let authority = try TestAuthority(folder)
    let error = #expect(throws: TLSError.self) {
      try pair(authority, client: nil, revocations: authority.path)
    }
    #expect(error?.description.contains(authority.path) == true)
  }

  @Test func `a name with a NUL in it is nobody's`() throws {
    let authority = try TestAuthority(folder)
    // SEQUENCE { [2] "a.example" NUL ".b", [2] "c.example" }
    let names = "DER:30:19:82:0c:61:2e:65:78:61:6d:70:6c:65:00:2e:62:82:09:63:2e:65:78:61:6d:70:6c:65"
    let pair = try pair(authority, client: authority.sign(.init(alternativeNames: names)))
    try pair.shakeHands()
    #expect(pair.server.peerCertificate?.dnsNames == ["c.example"])
  }

  @Test func `TLS 1_2 uses forward secrecy and authenticated encryption only`() throws {
    let authority = try TestAuthority(folder)
    let pair = try pair(authority, client: authority.sign(), version: .v1_2)
    try pair.shakeHands()
    #expect(pair.server.cipher.wholeMatch(of: #/ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA\d+|CHACHA20-POLY1305)/#) != nil)
  }
}
