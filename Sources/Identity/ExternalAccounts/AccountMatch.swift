internal import Platform

/// Matches a person whom a provider authenticated, and who is not linked, to an account: a pure value.
///
/// An e-mail address that two parties can claim is how accounts are hijacked, before and after they are created.
/// Therefore: without an address that the provider verified, nobody signs in. An unverified account belongs to nobody
/// yet, and loses its password and all other data. A verified account is linked only if the settings trust the provider
/// that far, and never a staff account.
enum AccountMatch: Equatable {
  /// Create an account.
  case create(EmailAddress)
  /// Claim the account that somebody registered with the address and never verified.
  case claim(ID, EmailAddress)
  /// Link the account of the person.
  case link(ID, EmailAddress)
  case refuse(IdentityError)

  private static let gmail = "gmail.com"

  /// The account that has the address of the person.
  struct Existing: Equatable {
    let id: ID
    let isVerified: Bool
    let isDisabled: Bool
    let isStaff: Bool
  }

  /// The address of the person, if the provider verified it.
  static func email(of claims: StandardClaims) -> EmailAddress? {
    claims.isEmailVerified ? claims.email.flatMap { EmailAddress($0) } : nil
  }

  static func outcome(
    _ claims: StandardClaims, _ linking: ProviderSettings.Linking, existing: Existing?
  ) -> AccountMatch {
    guard let email = email(of: claims) else { return .refuse(.externalEmailNotVerified) }
    guard let existing else { return .create(email) }
    if existing.isDisabled { return .refuse(.accountDisabled) }
    if existing.isStaff { return .refuse(.accountNotLinked) }
    if !existing.isVerified { return .claim(existing.id, email) }
    let isOwner =
      switch linking {
      case .never: false
      case .hosted: isHosted(email, claims)
      case .verified: true
      }
    return isOwner ? .link(existing.id, email) : .refuse(.accountNotLinked)
  }

  /// Whether the provider hosts the mailbox: then nobody else can have it.
  private static func isHosted(_ email: EmailAddress, _ claims: StandardClaims) -> Bool {
    let domain = email.key.drop { $0 != "@" }.dropFirst()
    return domain == gmail || claims.hostedDomain.map { domain == $0.lowercased() } == true
  }
}
