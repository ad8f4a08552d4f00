internal import Platform

/// What becomes of somebody whom a provider sends and who is not linked to an account: a rule as a value.
///
/// An address that two parties can claim is how accounts are taken over, before and after they are made. So: without
/// an address that the provider vouches for, nobody gets in. An account whose address nobody has verified belongs to
/// nobody yet: whoever made it loses the password and everything else on it. One that is verified is linked by itself
/// only if the settings trust this provider that far, and never a member of the staff's.
enum AccountMatch: Equatable {
  /// Gets an account.
  case create(EmailAddress)
  /// Gets an account that somebody made without showing that the address is theirs.
  case takeOver(ID, EmailAddress)
  /// Is the owner of an account.
  case link(ID, EmailAddress)
  case refuse(IdentityError)

  private static let gmail = "gmail.com"

  /// What is known of the account that has the person's address.
  struct Existing: Equatable {
    let id: ID
    let isVerified: Bool
    let isDisabled: Bool
    let isStaff: Bool
  }

  /// The person's address, if the provider vouches for it.
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
    if !existing.isVerified { return .takeOver(existing.id, email) }
    let isOwner =
      switch linking {
      case .never: false
      case .hosted: isHosted(email, claims)
      case .verified: true
      }
    return isOwner ? .link(existing.id, email) : .refuse(.accountNotLinked)
  }

  /// Whether the provider runs the mailbox itself: then it cannot be somebody else's by now.
  private static func isHosted(_ email: EmailAddress, _ claims: StandardClaims) -> Bool {
    let domain = email.key.drop { $0 != "@" }.dropFirst()
    return domain == gmail || claims.hostedDomain.map { domain == $0.lowercased() } == true
  }
}
