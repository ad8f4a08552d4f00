internal import Credentials
internal import Platform
internal import Sealing

/// A key of access tokens.
struct AccessTokenKey: Sendable {
  /// The `kid` of its tokens.
  let id: String
  let signing: SigningKey?
  let verifying: VerifyingKey
  let schedule: SigningKeySchedule
}

/// The currently valid keys of access tokens.
struct KeySet: Sendable {
  private let keys: [AccessTokenKey]

  init(_ keys: [AccessTokenKey]) { self.keys = keys }

  /// The ids of the keys.
  var ids: Set<String> { Set(keys.map(\.id)) }

  /// The key that signs at a moment: of the valid keys, the one that began last.
  func signing(at now: Instant) -> AccessTokenKey? {
    keys.filter { $0.signing != nil && $0.schedule.signsFrom <= now && now < $0.schedule.signsUntil }
      .max { $0.schedule.signsFrom < $1.schedule.signsFrom }
  }

  /// When the last key stops signing.
  var signsUntil: Instant? { keys.map(\.schedule.signsUntil).max() }

  /// The key that verifies the tokens with the key id `id`.
  func verifying(_ id: String, at now: Instant) -> VerifyingKey? {
    keys.first { $0.id == id && now <= $0.schedule.verifiesUntil }?.verifying
  }

  /// The public keys as a JSON Web Key Set (RFC 7517).
  func json(at now: Instant) -> String {
    let keys = keys.filter { now <= $0.schedule.verifiesUntil }.map { JSONWebKey.json($0.verifying, id: $0.id) }
    return "{\"keys\":[\(keys.joined(separator: ","))]}"
  }
}

/// A public key as a JSON Web Key.
enum JSONWebKey {
  /// The thumbprint of a key (RFC 7638).
  static func thumbprint(of key: VerifyingKey) -> String {
    let (x, y) = key.coordinates
    let members =
      #"{"crv":"P-256","kty":"EC","x":"\#(Base64URL.encode(x))","y":"\#(Base64URL.encode(y))"}"#
    return Base64URL.encode(Digest.sha256(Array(members.utf8)))
  }

  static func json(_ key: VerifyingKey, id: String) -> String {
    let (x, y) = (Base64URL.encode(key.coordinates.x), Base64URL.encode(key.coordinates.y))
    return #"{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"\#(id)","x":"\#(x)","y":"\#(y)"}"#
  }
}
