import Testing

@testable import RPC

@Suite struct TLSSessionTests {
  let directory = TemporaryDirectory()

  @Test(arguments: [Int.max, 4096, 1])
  func `strangers agree on TLS 1.3 and h2, however the bytes arrive`(bytesAtOnce: Int) throws {
    var pair = try TLSPair(directory)
    pair.bytesAtOnce = bytesAtOnce
    try pair.shakeHands()
    for side in [pair.client, pair.server] {
      #expect(side.isEstablished)
      #expect(side.negotiatedProtocol == "h2")
      #expect(side.version == "TLSv1.3")
    }
  }

  @Test(arguments: ["127.0.0.1", "::1", "localhost"])
  func `the development certificate is good for every name of this machine`(name: String) throws {
    let pair = try TLSPair(directory, name: name)
    try pair.shakeHands()
    #expect(pair.client.isEstablished)
  }

  @Test func `a certificate for another name is refused`() throws {
    let pair = try TLSPair(directory, name: "shop.example")
    #expect(throws: TLSError.self) { try pair.shakeHands() }
    #expect(!pair.client.isEstablished)
  }

  @Test(arguments: [(Int.max, 1 << 20), (1, 3000), (1460, 100_000)])
  func `what goes in comes out, in both directions`(bytesAtOnce: Int, size: Int) throws {
    var pair = try TLSPair(directory)
    pair.bytesAtOnce = bytesAtOnce
    try pair.shakeHands()
    let text = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    try text.withUnsafeBytes { try pair.client.write($0) }
    #expect(try pair.deliver(from: pair.client, to: pair.server) == text)
    try text.withUnsafeBytes { try pair.server.write($0) }
    #expect(try pair.deliver(from: pair.server, to: pair.client) == text)
  }

  @Test func `what is written before the handshake arrives after it`() throws {
    let pair = try TLSPair(directory)
    let greeting = Array("PRI * HTTP/2.0".utf8)
    try greeting.withUnsafeBytes { try pair.client.write($0) }
    try greeting.withUnsafeBytes { try pair.server.write($0) }
    #expect(try pair.deliver(from: pair.client, to: pair.server) == [])
    #expect(try pair.deliver(from: pair.server, to: pair.client) == [])
    #expect(try pair.deliver(from: pair.client, to: pair.server) == greeting)
    #expect(try pair.deliver(from: pair.server, to: pair.client) == greeting)
  }

  @Test func `writing without end before the handshake is refused`() throws {
    let pair = try TLSPair(directory)
    let flood = [UInt8](repeating: 0, count: TLSSession.earlyWriteLimitBytes + 1)
    #expect(throws: TLSError.bufferFull(limit: TLSSession.earlyWriteLimitBytes)) {
      try flood.withUnsafeBytes { try pair.client.write($0) }
    }
  }

  @Test func `a reader that stops halfway finds the rest later`() throws {
    let pair = try TLSPair(directory)
    try pair.shakeHands()
    let text = [UInt8](repeating: 7, count: 100_000)
    try text.withUnsafeBytes { try pair.client.write($0) }
    var scratch = [UInt8](repeating: 0, count: 1000)
    var received: [UInt8] = []
    func read() throws -> Int {
      let length = try scratch.withUnsafeMutableBytes { try pair.server.read(into: $0) }
      received += scratch[..<length]
      return length
    }
    do {
      let wire = Array(pair.client.outgoing.bytes)
      pair.client.outgoing.consume(wire.count)
      try wire.withUnsafeBytes { bytes in
        pair.server.feed(bytes)
        _ = try read()
        try pair.server.keepUnread()
      }
    }
    while try read() > 0 {}
    #expect(received == text)
  }

  @Test func `a peer's alert is told as one`() {
    let alert = TLSError.corruptStream("tlsv13 alert certificate required").description
    #expect(alert == "the TLS peer ended the connection: tlsv13 alert certificate required")
    #expect(TLSError.corruptStream("bad record type").description == "the TLS stream is corrupt: bad record type")
  }

  @Test func `TLS 1.2 is refused unless asked for`() throws {
    let strict = try TLSPair(directory, clientMinimum: .v1_2)
    try strict.shakeHands()
    #expect(strict.server.version == "TLSv1.3")
    #expect(throws: TLSError.self) {
      _ = try TLS12Client(directory).connect(minimum: .v1_3)
    }
    #expect(try TLS12Client(directory).connect(minimum: .v1_2) == "TLSv1.2")
  }

  @Test(arguments: [
    ("another protocol", ["spdy/1"], ["h2"]),
    ("none at all", [], ["h2"]),
  ])
  func `a peer without a protocol of ours is refused`(what: String, offered: [String], served: [String]) throws {
    let pair = try TLSPair(directory, offering: offered, serving: served)
    #expect(throws: TLSError.self) { try pair.shakeHands() }
    #expect(!pair.server.isEstablished)
  }

  @Test(arguments: [(["http/1.1"], "http/1.1"), ([], nil), (["http/1.1", "h2"], "h2")])
  func `a server that knows HTTP 1 serves it as well`(offered: [String], agreed: String?) throws {
    let pair = try TLSPair(directory, offering: offered, serving: ["h2", "http/1.1"])
    do { try pair.shakeHands() } catch TLSError.noCommonProtocol {}  // the client's own opinion
    #expect(pair.server.negotiatedProtocol == agreed)
  }

  @Test func `garbage is refused with an alert`() throws {
    let pair = try TLSPair(directory)
    let garbage = Array("GET / HTTP/1.1\r\n\r\n".utf8)
    var scratch = [UInt8](repeating: 0, count: 100)
    #expect(throws: TLSError.self) {
      try garbage.withUnsafeBytes { bytes in
        pair.server.feed(bytes)
        _ = try scratch.withUnsafeMutableBytes { try pair.server.read(into: $0) }
      }
    }
  }

  @Test func `a close notice ends the stream in good order`() throws {
    let pair = try TLSPair(directory)
    try pair.shakeHands()
    pair.client.shutdown()
    #expect(throws: TLSError.closedByPeer) { _ = try pair.deliver(from: pair.client, to: pair.server) }
  }
}
