internal import Platform
internal import RPC

/// Why a call of this module fails.
enum IdentityError: Error, Equatable {
  /// The account does not exist, or the password is not its own. The caller does not learn which.
  case wrongCredentials
  /// The password was right.
  case emailNotVerified
  /// The password was right.
  case accountDisabled
  /// The token is unknown, used or expired.
  case invalidToken
  /// The refresh token was exchanged before.
  case refreshTokenReused
  case wrongCode
  /// The credential was valid, and was invalidated before the change took effect.
  case credentialsChanged
  /// The role of the invitation lacks a permission that the account has.
  case wouldLosePermissions
  /// The address received too many e-mails in the last hours.
  case tooManyMails
  case noSuchSession(String)
  case noSuchAddress(String)
  case noSuchUser(String)
  case noSuchRole(String)
  case noSuchSeller(String)
  /// The caller has the seller role and no shop.
  case noShop
  /// The role, or the user, has permissions that the caller lacks.
  case exceedsCallerPermissions
  case cannotChangeOwnAccount
  case noSuchKey(String)
  case noSuchCertificate(String)
  case certificateExists
  /// A seller registers a certificate that the connection does not present.
  case certificateNotShown
  case tooManyClientCredentials
  case roleExists(String)
  case roleInUse(String)
  case noSuchInvitation(String)
  /// The user is not in the team of the shop.
  case noSuchTeamMember(String)
  /// There is no such pending invitation to the team of the shop.
  case noSuchTeamInvitation(String)
  /// A shop has an owner.
  case lastOwner
  case teamFull
  case noSuchDevice(String)
  /// The user of the device has not decided yet.
  case authorizationPending
  /// The device polls too often.
  case slowDown
  /// The user of the device denied the request.
  case deviceDenied
  case tooManyAddresses
  case secondFactorExists
  case noSecondFactor
  case noEnrolment
  /// The role of the caller requires a second factor.
  case secondFactorRequired
  /// The queue of the password hasher is full.
  case tooManyPasswords
  /// The state is unknown, used or expired, or belongs to another browser.
  case invalidState
  case noSuchProvider(String)
  case providerUnavailable
  /// The provider does not authenticate the person.
  case externalSignInRefused
  /// The provider did not verify an e-mail address.
  case externalEmailNotVerified
  /// An account has the e-mail address of the person, and the settings do not allow the provider to link it.
  case accountNotLinked
  case externalAccountTaken
  case noSuchExternalAccount(String)
  /// The user would have no way to sign in.
  case lastSignIn
  /// The session is too old for this call.
  case signInAgain
  /// There were too many failed attempts.
  case lockedOut(Duration)
  /// The call requires a session.
  case noSession
  case noSigningKey
}

extension IdentityError: RPCErrorConvertible {
  private static let busyDelay: Duration = .seconds(1)
  private static let providerDelay: Duration = .seconds(5)

  var rpcError: RPCError {
    switch self {
    case .wrongCredentials:
      IdentityReason.wrongCredentials.error()
    case .emailNotVerified:
      IdentityReason.emailNotVerified.error()
    case .accountDisabled:
      IdentityReason.accountDisabled.error()
    case .invalidToken:
      IdentityReason.invalidToken.error()
    case .refreshTokenReused:
      IdentityReason.refreshTokenReused.error()
    case .wrongCode:
      IdentityReason.wrongCode.error()
    case .credentialsChanged:
      IdentityReason.credentialsChanged.error()
    case .wouldLosePermissions:
      IdentityReason.wouldLosePermissions.error()
    case .tooManyMails:
      IdentityReason.tooManyMails.error()
    case .noSuchSession(let id): missing("Session", id)
    case .noSuchAddress(let id): missing("Address", id)
    case .noSuchUser(let id): missing("User", id)
    case .noSuchRole(let name): missing("Role", name)
    case .noSuchSeller(let id): missing("Seller", id, in: "catalog")
    case .noShop: IdentityReason.noShop.error()
    case .exceedsCallerPermissions:
      IdentityReason.exceedsCallerPermissions.error()
    case .noSuchKey(let id): missing("ApiKey", id)
    case .noSuchCertificate(let id): missing("Certificate", id)
    case .noSuchInvitation(let id): missing("Invitation", id)
    case .noSuchTeamMember(let id): missing("TeamMember", id, in: "sellers")
    case .noSuchTeamInvitation(let id): missing("TeamInvitation", id, in: "sellers")
    case .lastOwner:
      IdentityReason.lastOwner.error()
    case .teamFull:
      IdentityReason.teamFull.error(
        "the team has \(ShopTeam.peopleMax) people, those who are invited among them",
        details: [.quotaFailure([.init(subject: "team", description: "The maximum is \(ShopTeam.peopleMax).")])])
    case .noSuchDevice(let code): missing("Device", code)
    case .authorizationPending: IdentityReason.authorizationPending.error()
    case .deviceDenied: IdentityReason.accessDenied.error()
    case .slowDown:
      IdentityReason.slowDown.error(
        "the device polls too often",
        details: [.retryInfo(delay: DevicePoll.interval)])
    case .certificateNotShown: IdentityReason.certificateNotShown.error()
    case .certificateExists: IdentityReason.certificateExists.error()
    case .tooManyClientCredentials:
      IdentityReason.tooManyClientCredentials.error(
        "a shop may have \(ClientCredential.countOfShopMax) keys or certificates, and all \(ClientCredential.countMax)")
    case .roleExists(let name):
      IdentityReason.roleExists.error("the role \(name) exists, or there are too many roles")
    case .roleInUse(let name):
      IdentityReason.roleInUse.error("a user has the role \(name) or is invited to it")
    case .cannotChangeOwnAccount:
      IdentityReason.cannotChangeOwnAccount.error()
    case .tooManyAddresses:
      IdentityReason.tooManyAddresses.error(
        "the user has \(AddressBook.addressesMax) addresses, the maximum",
        details: [
          .quotaFailure([.init(subject: "addresses", description: "The maximum is \(AddressBook.addressesMax).")])
        ])
    case .secondFactorExists:
      IdentityReason.secondFactorExists.error()
    case .noSecondFactor:
      IdentityReason.noSecondFactor.error()
    case .noEnrolment:
      IdentityReason.noEnrolment.error()
    case .secondFactorRequired:
      IdentityReason.secondFactorNeeded.error()
    case .tooManyPasswords:
      IdentityReason.signInBusy.error(
        "too many sign-ins at the moment",
        details: [.retryInfo(delay: Self.busyDelay)])
    case .invalidState, .noSuchProvider, .providerUnavailable, .externalSignInRefused, .externalEmailNotVerified,
      .accountNotLinked, .externalAccountTaken, .noSuchExternalAccount, .lastSignIn, .signInAgain:
      externalError
    case .lockedOut(let delay):
      IdentityReason.lockedOut.error(
        "too many failed attempts; try again in \(delay.wholeSeconds) s",
        details: [.retryInfo(delay: .seconds(delay.wholeSeconds))])
    case .noSession:
      IdentityReason.noSession.error()
    case .noSigningKey:
      IdentityReason.signingKeyMissing.error()
    }
  }

  /// The errors that concern external accounts.
  private var externalError: RPCError {
    switch self {
    case .invalidState:
      IdentityReason.invalidState.error()
    case .noSuchProvider(let key): missing("IdentityProvider", key)
    case .noSuchExternalAccount(let id): missing("ExternalAccount", id)
    case .providerUnavailable:
      IdentityReason.providerUnavailable.error(details: [.retryInfo(delay: Self.providerDelay)])
    case .externalEmailNotVerified:
      IdentityReason.externalEmailNotVerified.error()
    case .accountNotLinked:
      IdentityReason.accountNotLinked.error()
    case .externalAccountTaken:
      IdentityReason.externalAccountTaken.error()
    case .lastSignIn:
      IdentityReason.lastSignIn.error()
    case .signInAgain:
      IdentityReason.signInAgain.error()
    default: IdentityReason.externalSignInRefused.error()
    }
  }

  private func missing(_ type: String, _ name: String, in package: String = "identity") -> RPCError {
    .notFound("fastshop.\(package).v1.\(type)", name)
  }
}

extension Duration {
  /// The duration in whole seconds, rounded up.
  fileprivate var wholeSeconds: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}
