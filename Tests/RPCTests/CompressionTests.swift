import Testing

@testable import RPC

@Suite struct CompressionTests {
  /// "hello" as Python's gzip and zlib modules write it.
  private static let hello: [Compression: [UInt8]] = [
    .gzip: [
      0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86, 0xa6,
      0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
    ],
    .deflate: [0x78, 0x9c, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x06, 0x2c, 0x02, 0x15],
  ]
  private static let empty: [Compression: [UInt8]] = [
    .gzip: [
      0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00,
    ],
    .deflate: [0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01],
  ]

  private let codecs = Codecs()

  private func inflate(_ bytes: [UInt8], _ how: Compression, limit: Int = 1 << 20) throws -> [UInt8] {
    try bytes.withUnsafeBytes { try codecs.inflate($0, how, limit: limit) { [UInt8]($0) } }
  }

  private func compress(_ bytes: [UInt8], _ how: Compression) throws -> [UInt8] {
    var buffer = ByteBuffer()
    let isSmaller = bytes.withUnsafeBytes { codecs.append($0, how, to: &buffer) }
    try #require(isSmaller)
    return [UInt8](buffer.bytes)
  }

  private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

  @Test(arguments: [Compression.gzip, .deflate])
  func readsWhatOthersWrite(how: Compression) throws {
    #expect(try inflate(Self.hello[how]!, how) == Array("hello".utf8))
    #expect(try inflate(Self.empty[how]!, how) == [])
  }

  /// With the same streams, one size after another: nothing of one message is left for the next.
  @Test(arguments: [Compression.gzip, .deflate])
  func everySizeComesBack(how: Compression) throws {
    for count in [100, 1_024, 16 * 1024, 16 * 1024 + 1, 300_000, 64, 1 << 20] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
      #expect(try inflate(try compress(bytes, how), how) == bytes, "\(count)")
    }
  }

  @Test(arguments: [Compression.gzip, .deflate], [0, 1, 5, 16 * 1024, 65_537])
  func theLimitExactlyAndOneByteMore(how: Compression, limit: Int) throws {
    var compressed = Self.empty[how]!
    if limit == 5 {
      compressed = Self.hello[how]!
    } else if limit == 1 {
      #expect(throws: InflationError.overLimit(1)) { try inflate(Self.hello[how]!, how, limit: 1) }
      return
    } else if limit > 0 {
      compressed = try compress(zeros(limit), how)
    }
    #expect(try inflate(compressed, how, limit: limit).count == limit)
    if limit > 0 {
      #expect(throws: InflationError.overLimit(limit - 1)) { try inflate(compressed, how, limit: limit - 1) }
    }
  }

  /// 64 MiB in 64 KiB: the buffer never has more than the limit, and is given back.
  @Test(arguments: [Compression.gzip, .deflate])
  func aBombStopsAtTheLimit(how: Compression) throws {
    let bomb = try compress(zeros(64 << 20), how)
    #expect(bomb.count < 512 * 1024)
    let inflater = Inflater(how)
    let limit = 3 << 20
    #expect(throws: InflationError.overLimit(limit)) {
      try bomb.withUnsafeBytes { try inflater.inflate($0, limit: limit) { $0.count } }
    }
    #expect(inflater.capacityBytesPeak == limit)
    #expect(inflater.capacityBytes == 0)
  }

  @Test(arguments: [Compression.gzip, .deflate])
  func whatIsCorruptIsRefused(how: Compression) throws {
    let good = Self.hello[how]!
    for length in 0..<good.count {
      #expect(throws: InflationError.corrupt, "\(length) bytes of it") { try inflate(Array(good[..<length]), how) }
    }
    var wrongChecksum = good
    wrongChecksum[how == .gzip ? good.count - 8 : good.count - 1] ^= 1
    let bad = [
      wrongChecksum, good + [0], good + Array("garbage".utf8), Array("no compression at all".utf8),
      Self.hello[how == .gzip ? .deflate : .gzip]!,
    ]
    for bytes in bad { #expect(throws: InflationError.corrupt) { try inflate(bytes, how) } }
    #expect(try inflate(good, how) == Array("hello".utf8))
  }

  /// Gzip's members may follow each other (RFC 1952), and count together; zlib's streams may not.
  @Test func membersOfGzipFollowEachOther() throws {
    let hello = Self.hello[.gzip]!
    #expect(try inflate(hello + Self.empty[.gzip]! + hello, .gzip, limit: 10) == Array("hellohello".utf8))
    #expect(throws: InflationError.overLimit(9)) { try inflate(hello + hello, .gzip, limit: 9) }
    #expect(throws: InflationError.corrupt) { try inflate(hello + hello.dropLast(), .gzip) }
    let deflated = Self.hello[.deflate]!
    #expect(throws: InflationError.corrupt) { try inflate(deflated + deflated, .deflate) }
  }

  @Test func identityHasItsLimitToo() throws {
    #expect(try inflate([1, 2, 3], .identity, limit: 3) == [1, 2, 3])
    #expect(throws: InflationError.overLimit(2)) { try inflate([1, 2, 3], .identity, limit: 2) }
  }

  /// A gRPC message as it goes out: its flag, the length in its prefix, its bytes.
  private func framed(_ bytes: [UInt8], _ how: Compression) -> (isCompressed: Bool, length: Int?, bytes: [UInt8]) {
    var buffer = ByteBuffer()
    bytes.withUnsafeBytes { codecs.append(message: $0, how, to: &buffer) }
    return (buffer.isCompressed, buffer.completeLength, Array(buffer.bytes.dropFirst(ByteBuffer.prefixBytes)))
  }

  @Test(arguments: [Compression.gzip, .deflate])
  func whatDoesNotShrinkIsSentAsItIs(how: Compression) {
    let noise = (0..<10_000).map { _ in UInt8.random(in: 0...255) }
    #expect(framed(noise, how) == (false, noise.count, noise))
    #expect(framed([], how) == (false, 0, []))
    #expect(framed([1, 2, 3], .identity) == (false, 3, [1, 2, 3]))
  }

  @Test(arguments: [Compression.gzip, .deflate])
  func aMessageSaysThatItIsCompressed(how: Compression) throws {
    let text = Array(String(repeating: "message ", count: 1_000).utf8)
    let message = framed(text, how)
    #expect(message.isCompressed)
    #expect(message.length == message.bytes.count)
    #expect(message.bytes.count < 200)
    #expect(try inflate(message.bytes, how) == text)
  }

  @Test(arguments: [
    ("gzip", [Compression.gzip]), ("GZip", [.gzip]), ("identity, deflate, gzip", [.gzip, .deflate]), ("", []),
    ("br, gzip;q=0.5 , deflate; q=0", [.gzip]), ("gzip;q=0.0,deflate;q=1", [.deflate]), ("snappy", []), (",,;,", []),
    ("gzip2, gzi", []),
  ])
  func listsOfEncodings(list: String, expected: [Compression]) {
    let set = CompressionSet(list: list.utf8)
    #expect(set.contains(.identity))
    for how in [Compression.gzip, .deflate] { #expect(set.contains(how) == expected.contains(how), "\(how)") }
  }

  @Test func namesOfEncodings() {
    for how in Compression.allCases { #expect(Compression(name: how.name.utf8) == how) }
    #expect(Compression(name: "rot13".utf8) == nil)
    #expect(Compression(name: "".utf8) == nil)
  }
}
