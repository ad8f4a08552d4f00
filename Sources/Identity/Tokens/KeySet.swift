internal import Credentials
internal import Platform
internal import Sealing

/// One key of access tokens.
struct AccessTokenKey: Sendable {
  /// The tokens' `kid`.
  let id: String
  let signing: SigningKey?
  let verifying: VerifyingKey
  let schedule: SigningKeySchedule
}

/// The keys that tokens may be signed with at present.
struct KeySet: Sendable {
  private let keys: [AccessTokenKey]

  init(_ keys: [AccessTokenKey]) { self.keys = keys }

  /// The keys' names.
  var ids: Set<String> { Set(keys.map(\.id)) }

  /// The key that signs at a moment: of those whose time it is, the one that began last.
  func signing(at now: Instant) -> AccessTokenKey? {
    keys.filter { $0.signing != nil && $0.schedule.signsFrom <= now && now < $0.schedule.signsUntil }
      .max { $0.schedule.signsFrom < $1.schedule.signsFrom }
  }

  /// Until when the keys sign that there are.
  var signsUntil: Instant? { keys.map(\.schedule.signsUntil).max() }

  /// The key that verifies what `id` signed.
  func verifying(_ id: String, at now: Instant) -> VerifyingKey? {
    keys.first { $0.id == id && now <= $0.schedule.verifiesUntil }?.verifying
  }

  /// The public halves, as RFC 7517 writes them.
  func json(at now: Instant) -> String {
    let keys = keys.filter { now <= $0.schedule.verifiesUntil }.map { JSONWebKey.json($0.verifying, id: $0.id) }
    return "{\"keys\":[\(keys.joined(separator: ","))]}"
  }
}

/// The public half of a key as a JSON Web Key.
enum JSONWebKey {
  /// What identifies a key: a hash of its members in the form that RFC 7638 lays down.
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
