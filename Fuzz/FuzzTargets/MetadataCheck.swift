import RPC

/// Legal header fields reach the handler as they were sent, in order. Bytes and texts that are encoded decode to the
/// same, and anything decodes to what a slow reading says.
///
/// An input is name and value in turn, each after a byte of its length.
enum MetadataCheck {
  private static let server = FuzzServer()
  private static let fieldsMax = 40

  static func run(_ input: [UInt8]) {
    let fields = split(input)
    arrive(fields)
    for (_, value) in fields {
      percent(value)
      base64(value)
    }
    texts(input)
  }

  private static func split(_ input: [UInt8]) -> [(name: [UInt8], value: [UInt8])] {
    var parts: [[UInt8]] = []
    var rest = input[...]
    while let length = rest.popFirst(), parts.count < 2 * fieldsMax {
      parts.append(Array(rest.prefix(Int(length))))
      rest = rest.dropFirst(Int(length))
    }
    return stride(from: 0, to: parts.count - 1, by: 2).map { (parts[$0], parts[$0 + 1]) }
  }

  // MARK: Over the wire

  private static func arrive(_ fields: [(name: [UInt8], value: [UInt8])]) {
    let request = RawFrames.call("/fuzz.Fuzz/Echo", fields) + RawFrames.data([0, 0, 0, 0, 0], endsStream: true)
    _ = server.service.takeRecordedCall()
    let answer = server.converse([RawFrames.greeting[...], request[...]]) { $0.hasEndedCall }
    mustHold(answer.hasEndedCall, "the call got no answer")
    let isAllLegal = fields.allSatisfy { isLegal($0.name, $0.value) }
    guard let seen = server.service.takeRecordedCall() else {
      return mustHold(!isAllLegal || bytes(fields) > 8 * 1024, "a legal call was refused")
    }
    // What is not legal may be dropped or mended: names that it has too say nothing.
    let doubtful = Set(fields.filter { !isLegal($0.name, $0.value) }.map { $0.name })
    let legal = fields.filter { !doubtful.contains($0.name) }
    let arrived = seen.metadata.entries.filter { entry in
      entry.key.hasPrefix("x-") && !doubtful.contains(Array(entry.key.utf8))
    }
    mustHold(
      legal.elementsEqual(arrived) { $0.name.elementsEqual($1.key.utf8) && $0.value.elementsEqual($1.value.utf8) },
      "fields were lost or changed: \(legal) became \(arrived)")
  }

  /// Header fields as HTTP/2 counts them.
  private static func bytes(_ fields: [(name: [UInt8], value: [UInt8])]) -> Int {
    fields.reduce(0) { $0 + $1.name.count + $1.value.count + 32 }
  }

  /// A name that nobody else gives a meaning to, of the characters of `PROTOCOL-HTTP2.md`; a value of visible ASCII
  /// with spaces inside only.
  private static func isLegal(_ name: [UInt8], _ value: [UInt8]) -> Bool {
    let letters = Set("0123456789abcdefghijklmnopqrstuvwxyz_-.".utf8)
    return name.starts(with: "x-".utf8) && name.allSatisfy(letters.contains)
      && value.allSatisfy { (0x20...0x7e).contains($0) } && value.first != 0x20 && value.last != 0x20
  }

  // MARK: Percent-encoding

  private static func percent(_ value: [UInt8]) {
    let text = String(decoding: value, as: UTF8.self)
    let encoded = PercentEncoding.encode(text)
    mustHold(encoded.allSatisfy { (0x20...0x7e).contains($0) }, "a byte that no header may have")
    mustHold(PercentEncoding.decode(String(decoding: encoded, as: UTF8.self)) == text, "another text")
    mustHold(PercentEncoding.decode(text) == slowlyDecoded(text), "decoded otherwise")
  }

  private static func slowlyDecoded(_ text: String) -> String {
    var rest = Array(text.utf8)[...]
    var out: [UInt8] = []
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      let isHex = digits.count == 2 && digits.allSatisfy { $0 < 0x80 && Character(Unicode.Scalar($0)).isHexDigit }
      if byte == UInt8(ascii: "%"), isHex, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) {
        out.append(value)
        rest = rest.dropFirst(2)
      } else {
        out.append(byte)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  // MARK: Keys that carry bytes

  private static func base64(_ value: [UInt8]) {
    var metadata = Metadata()
    metadata.add("x-encoded", bytes: value)
    mustHold(metadata.bytes("x-encoded-bin") == [value], "other bytes")
    guard value.allSatisfy({ (0x20...0x7e).contains($0) }) else { return }
    let text = String(decoding: value, as: UTF8.self)
    metadata.add("x-raw-bin", text)
    mustHold(metadata.bytes("x-raw-bin") == slowlyDecoded(list: text), "decoded otherwise")
  }

  /// Several values separated by commas, each padded or not; what is not base64 is left out (RFC 4648, section 4).
  private static func slowlyDecoded(list: String) -> [[UInt8]] {
    list.split(separator: ",", omittingEmptySubsequences: false).compactMap { part in
      let blanksGone = part.drop { $0 == " " }.reversed().drop { $0 == " " }
      let digits = Array(blanksGone.drop { $0 == "=" }.reversed())
      let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
      let values = digits.compactMap { alphabet.firstIndex(of: $0) }
      guard values.count == digits.count, digits.count % 4 != 1 else { return nil }
      let bits = values.flatMap { value in (0..<6).map { UInt8(value >> (5 - $0) & 1) } }
      return stride(from: 0, to: bits.count - bits.count % 8, by: 8).map { start in
        bits[start..<(start + 8)].reduce(0) { $0 << 1 | $1 }
      }
    }
  }

  // MARK: What a handler adds

  /// Whatever a handler adds can go over the wire.
  private static func texts(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    var metadata = Metadata()
    metadata.add("x-text", text)
    metadata.add(text, "value")
    for entry in metadata.entries {
      let isName = entry.key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !(0x41...0x5a).contains($0) }
      mustHold(isName && !entry.key.isEmpty, "a name that no header may have")
      mustHold(entry.value.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "a value that no header may have")
      mustHold(!entry.value.hasPrefix(" ") && !entry.value.hasSuffix(" "), "spaces that would be lost")
    }
  }
}
