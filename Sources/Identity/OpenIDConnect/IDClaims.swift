internal import FoundationEssentials

/// What an ID token says (OpenID Connect Core 1.0, section 2).
struct IDClaims: Decodable, Equatable {
  var issuer: String
  var subject: String
  var audiences: [String]
  var authorizedParty: String?
  var expiresAt: Double
  var issuedAt: Double
  var notBefore: Double?
  var nonce: String?
  var accessTokenHash: String?
  /// What it says of the person.
  var person: StandardClaims

  private enum CodingKeys: String, CodingKey {
    case iss, sub, aud, azp, exp, iat, nbf, nonce, at_hash
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    issuer = try container.decode(String.self, forKey: .iss)
    subject = try container.decode(String.self, forKey: .sub)
    if let one = try? container.decode(String.self, forKey: .aud) {
      audiences = [one]
    } else {
      audiences = try container.decode([String].self, forKey: .aud)
    }
    authorizedParty = try container.decodeIfPresent(String.self, forKey: .azp)
    expiresAt = try container.decode(Double.self, forKey: .exp)
    issuedAt = try container.decode(Double.self, forKey: .iat)
    notBefore = try container.decodeIfPresent(Double.self, forKey: .nbf)
    nonce = try container.decodeIfPresent(String.self, forKey: .nonce)
    accessTokenHash = try container.decodeIfPresent(String.self, forKey: .at_hash)
    person = try StandardClaims(from: decoder)
  }
}

/// What a provider says of a person (section 5.1), in its token or when it is asked. Whatever is not of the type that
/// it should be counts as not said.
struct StandardClaims: Decodable, Equatable, Sendable {
  var subject: String?
  var email: String?
  var isEmailVerified = false
  var name: String?
  var locale: String?
  /// The organisation whose mailboxes Google runs.
  var hostedDomain: String?

  private enum CodingKeys: String, CodingKey {
    case sub, email, email_verified, name, locale, hd
  }

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func text(_ key: CodingKeys) -> String? { try? container.decode(String.self, forKey: key) }
    subject = text(.sub)
    email = text(.email)
    // Some providers write it as text.
    isEmailVerified =
      (try? container.decode(Bool.self, forKey: .email_verified)) ?? (text(.email_verified) == "true")
    name = text(.name)
    locale = text(.locale)
    hostedDomain = text(.hd)
  }
}
