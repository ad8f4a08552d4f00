internal import Sealing

/// Verifies the signature of a provider's event: HMAC with SHA-256 over the time, a full stop and the body, in a field
/// `t=1764500000,v1=5257a869…`. A field may have several signatures, and the shop several secrets, so that a secret can
/// be replaced.
package struct EventSignature: Sendable {
  /// Why an event is refused.
  package enum Refusal: Error, Equatable {
    /// The field is missing, or malformed.
    case malformed
    /// The signature is too old, or from the future: it may be a copy of an event that somebody has recorded.
    case outsideWindow
    /// No signature was made with one of the secrets over this body.
    case wrong
  }

  /// How far the time of a signature may be from the present.
  package static let window: Duration = .seconds(300)
  private static let fieldBytesMax = 1_000
  private static let signatureBytes = 32

  private let secrets: [[UInt8]]

  /// Signatures that were made with one of these secrets.
  package init(secrets: [String]) { self.secrets = secrets.map { Array($0.utf8) } }

  /// - Parameter field: the value of the header field.
  /// - Throws: ``Refusal``.
  package func verify(_ field: String?, over body: [UInt8], at now: Instant) throws(Refusal) {
    guard let field, field.utf8.count <= Self.fieldBytesMax else { throw .malformed }
    var time: String?
    var signatures: [[UInt8]] = []
    for part in field.split(separator: ",") {
      if part.hasPrefix("t=") { time = String(part.dropFirst(2)) }
      if part.hasPrefix("v1="), let bytes = Self.bytes(hexadecimal: part.dropFirst(3)) { signatures.append(bytes) }
    }
    guard let time, let seconds = Int64(time), let signedAt = Instant(seconds: seconds), !signatures.isEmpty else {
      throw .malformed
    }
    guard signedAt >= now - Self.window, signedAt <= now + Self.window else { throw .outsideWindow }
    // Every pair is compared, so the time that it takes says nothing about which of them is near.
    var isRight = false
    for secret in secrets {
      let expected = Self.signature(time: time, body, secret: secret)
      for signature in signatures where Digest.areEqual(signature, expected) { isRight = true }
    }
    if !isRight { throw .wrong }
  }

  /// The value of the field for an event of ours.
  package static func field(over body: [UInt8], secret: String, at now: Instant) -> String {
    let signature = signature(time: "\(now.seconds)", body, secret: Array(secret.utf8))
    let digits = signature.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return "t=\(now.seconds),v1=\(digits)"
  }

  private static func signature(time: String, _ body: [UInt8], secret: [UInt8]) -> [UInt8] {
    Digest.hmacSHA256(Array("\(time).".utf8) + body, key: secret)
  }

  private static func bytes(hexadecimal text: Substring) -> [UInt8]? {
    guard text.utf8.count == 2 * signatureBytes else { return nil }
    var bytes: [UInt8] = []
    var rest = text
    while !rest.isEmpty {
      guard rest.prefix(2).allSatisfy({ $0.isASCII && $0.isHexDigit }), let byte = UInt8(rest.prefix(2), radix: 16)
      else { return nil }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return bytes
  }
}
