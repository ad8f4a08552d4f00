internal import FoundationEssentials
internal import Platform

/// Why an ID token is not believed.
enum IDTokenError: Error, Equatable {
  case malformed
  /// Signed in a way that is not taken, or not signed.
  case foreignAlgorithm
  /// The header asks for something that we do not know.
  case foreignHeader
  case unknownKey
  case badSignature
  case otherIssuer
  case otherAudience
  /// Made for somebody else, who was given it (`azp`).
  case otherParty
  case expired
  case fromTheFuture
  /// Made so long ago that it is no answer to us.
  case stale
  case otherNonce
  /// It goes with another access token (`at_hash`).
  case otherAccessToken
  case badSubject
}

/// A JSON Web Token, taken apart (RFC 7515, compact form). Nothing in it is to be believed yet.
struct JSONWebToken {
  static let bytesMax = 16_384
  /// Explicitly typed tokens of other kinds are none of ours (RFC 8725, section 3.11).
  private static let kind = "jwt"

  private struct Header: Decodable {
    var alg: String
    var kid: String?
    var typ: String?
    var isCritical: Bool

    enum CodingKeys: String, CodingKey { case alg, kid, typ, crit, b64 }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      alg = try container.decode(String.self, forKey: .alg)
      kid = try container.decodeIfPresent(String.self, forKey: .kid)
      typ = try container.decodeIfPresent(String.self, forKey: .typ)
      isCritical = container.contains(.crit) || container.contains(.b64)
    }
  }

  let algorithm: ProviderAlgorithm
  let keyID: String?
  private let payload: [UInt8]
  private let signature: [UInt8]
  private let signed: [UInt8]

  init(_ text: String) throws(IDTokenError) {
    guard text.utf8.count <= Self.bytesMax else { throw .malformed }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let head = Base64URL.decode(String(parts[0])),
      let header = try? JSONDecoder().decode(Header.self, from: Data(head))
    else { throw .malformed }
    guard let algorithm = ProviderAlgorithm(rawValue: header.alg) else { throw .foreignAlgorithm }
    guard !header.isCritical, header.typ == nil || header.typ?.lowercased() == Self.kind else { throw .foreignHeader }
    guard let payload = Base64URL.decode(String(parts[1])), let signature = Base64URL.decode(String(parts[2])) else {
      throw .malformed
    }
    self.algorithm = algorithm
    keyID = header.kid
    self.payload = payload
    self.signature = signature
    signed = Array(text.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
  }

  /// What it says, if one of `keys` signed it.
  func claims(verifiedBy keys: ProviderKeySet) throws(IDTokenError) -> IDClaims {
    guard let key = keys.key(keyID, for: algorithm) else { throw .unknownKey }
    guard key.isValid(signature, of: signed) else { throw .badSignature }
    guard let claims = try? JSONDecoder().decode(IDClaims.self, from: Data(payload)) else { throw .malformed }
    return claims
  }
}
