internal import Foundation

/// Key-value pairs beside a call's messages: headers before them, trailers after them.
///
/// Keys are lower case; a key ending in `-bin` carries bytes. A key may occur several times, in order.
/// Source: `grpc/doc/PROTOCOL-HTTP2.md`, Custom-Metadata.
public struct Metadata: Sendable, Equatable, ExpressibleByDictionaryLiteral, CustomStringConvertible {
  /// One pair. `value` is the form on the wire: base64 for `-bin` keys.
  public struct Entry: Sendable, Equatable {
    /// The key, lower case.
    public let key: String
    /// The value as on the wire.
    public let value: String
    /// Whether the next answer will have another value, as of a number that is counted down.
    let isFleeting: Bool

    init(key: String, value: String, isFleeting: Bool = false) {
      self.key = key
      self.value = value
      self.isFleeting = isFleeting
    }
  }

  /// The pairs in order.
  public private(set) var entries: [Entry] = []

  /// Nothing.
  public init() {}

  /// Text pairs.
  public init(dictionaryLiteral elements: (String, String)...) {
    for (key, value) in elements { add(key, value) }
  }

  /// Whether there is nothing.
  public var isEmpty: Bool { entries.isEmpty }

  /// The first text value of `key`, without regard to case.
  public subscript(_ key: String) -> String? {
    let key = key.lowercased()
    return entries.first { $0.key == key }?.value
  }

  /// Whether `key`, in lower case, occurs more than once.
  public func hasSeveral(_ key: String) -> Bool {
    guard let first = entries.firstIndex(where: { $0.key == key }) else { return false }
    return entries[(first + 1)...].contains { $0.key == key }
  }

  /// All text values of `key`.
  public func values(_ key: String) -> [String] {
    let key = key.lowercased()
    return entries.filter { $0.key == key }.map(\.value)
  }

  /// All byte values of a `-bin` key. A header may carry several, separated by commas, each padded or not, each perhaps
  /// empty; what is not base64 is left out.
  public func bytes(_ key: String) -> [[UInt8]] {
    values(key).flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.compactMap {
      Base64.decode(String($0))
    }
  }

  /// Appends a text pair. Characters that HTTP forbids in a value are replaced by `?`; a key with forbidden characters,
  /// or one that gRPC or HTTP reserve, is a programmer's error and is left out.
  public mutating func add(_ key: String, _ value: String) {
    guard let key = Self.legal(key) else { return }
    let scalars = value.unicodeScalars.map { (0x20...0x7e).contains($0.value) ? Character($0) : "?" }
    entries.append(Entry(key: key, value: String(scalars).trimmingCharacters(in: .whitespaces)))
  }

  /// Appends bytes under a key, to which `-bin` is added if it lacks it.
  public mutating func add(_ key: String, bytes: [UInt8]) {
    guard let key = Self.legal(key.hasSuffix("-bin") ? key : key + "-bin") else { return }
    entries.append(Entry(key: key, value: Base64.encode(bytes)))
  }

  /// Tells a client with automatic retries to wait for this time before the next attempt, or, with nil, not to retry.
  /// For an error's trailers (gRFC A6).
  public mutating func addRetryPushback(_ wait: Duration?) {
    addAsIs("grpc-retry-pushback-ms", wait.map { "\(Int32(clamping: max(0, $0.wholeMilliseconds)))" } ?? "-1")
  }

  /// Appends what came from the wire, or is the protocol's own, as it is: the key must be lower case, and both legal.
  /// A fleeting value is not kept in the table of fields that both ends of a connection have: it would only fill it.
  mutating func addAsIs(_ key: String, _ value: String, isFleeting: Bool = false) {
    entries.append(Entry(key: key, value: value, isFleeting: isFleeting))
  }

  private static func legal(_ key: String) -> String? {
    let key = key.lowercased()
    let allowed = key.utf8.allSatisfy {
      (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x5f || $0 == 0x2e
    }
    return allowed && !key.isEmpty && !key.hasPrefix("grpc-") && !isOfConnection(key) ? key : nil
  }

  /// Whether a field belongs to the connection or to the framing of the body, so that handlers may not set it. An
  /// HTTP/2 response with such a field is malformed (RFC 9113, section 8.2.2).
  private static func isOfConnection(_ key: String) -> Bool {
    switch key {
    case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade", "te", "content-length": true
    default: false
    }
  }

  /// The pairs, one a line; values are left out, since they may be secret.
  public var description: String { entries.map(\.key).joined(separator: ", ") }
}

extension Duration {
  /// Milliseconds in which it has passed.
  fileprivate var wholeMilliseconds: Int128 {
    Int128(components.seconds) * 1000 + Int128((components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}

/// gRPC's Base64: written without padding, read with or without it.
enum Base64 {
  static func encode(_ bytes: [UInt8]) -> String {
    var text = Data(bytes).base64EncodedString()
    while text.hasSuffix("=") { text.removeLast() }
    return text
  }

  static func decode(_ text: String) -> [UInt8]? { decode(text.trimmingCharacters(in: .whitespaces).utf8) }

  /// With `-` and `_` instead of `+` and `/`, which count as well.
  static func decode(urlSafe text: [UInt8]) -> [UInt8]? {
    decode(
      text.map {
        switch $0 {
        case UInt8(ascii: "-"): UInt8(ascii: "+")
        case UInt8(ascii: "_"): UInt8(ascii: "/")
        default: $0
        }
      })
  }

  /// By bytes: looking for where characters end would take longer than all else.
  private static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    let padding = UInt8(ascii: "=")
    var text = Data(text)
    while text.last == padding { text.removeLast() }
    if text.contains(padding) { return nil }  // Foundation would overlook it
    text.append(contentsOf: repeatElement(padding, count: (4 - text.count % 4) % 4))
    return Data(base64Encoded: text).map { [UInt8]($0) }
  }
}
