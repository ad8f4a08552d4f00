internal import Platform
internal import RPC

/// Why somebody is not let in, or something about an account is not changed.
enum IdentityError: Error, Equatable {
  /// No such account, or not its password: nobody is told which.
  case wrongCredentials
  /// The password was right.
  case emailNotVerified
  /// The password was right.
  case accountDisabled
  /// A token that is unknown, used or expired.
  case badToken
  /// A refresh token that was exchanged before.
  case refreshTokenReused
  case wrongCode
  /// What was shown was good, and something ended it before it took effect.
  case credentialsChanged
  /// The role of the invitation lacks something that the account may do.
  case wouldLoseRights
  /// The address was sent many mails of late.
  case tooManyMails
  case noSuchSession(String)
  case noSuchAddress(String)
  case noSuchUser(String)
  case noSuchRole(String)
  case noSuchSeller(String)
  /// The call is for those who run a shop.
  case noShop
  /// The role, or the user, may do more than the caller.
  case aboveTheCaller
  case notToOneself
  case noSuchKey(String)
  case noSuchCertificate(String)
  case certificateExists
  case tooManyPrograms
  case roleExists(String)
  case roleInUse(String)
  case noSuchInvitation(String)
  case noSuchDevice(String)
  /// The device's user has not decided yet.
  case authorizationPending
  /// The device asks too often.
  case slowDown
  /// The device's user said no.
  case deviceDenied
  case tooManyAddresses
  case secondFactorExists
  case noSecondFactor
  case noEnrolment
  /// The caller's role must have a second factor.
  case secondFactorRequired
  /// More passwords wait to be checked than we care to let wait.
  case tooManyPasswords
  /// A state that is unknown, used, expired, or another browser's.
  case badState
  case noSuchProvider(String)
  case providerUnavailable
  /// The provider does not confirm who came from it.
  case externalSignInRefused
  /// The provider does not vouch for an address.
  case externalEmailNotVerified
  /// There is an account with the person's address, and it is not for the provider to say whose it is.
  case accountNotLinked
  case externalAccountTaken
  case noSuchExternalAccount(String)
  /// The user could not sign in any more.
  case lastSignIn
  /// The session is too old for what is asked.
  case signInAgain
  /// Too many failed attempts.
  case lockedOut(Duration)
  /// The call is for people with a session.
  case noSession
  case noSigningKey
}

extension IdentityError: RPCErrorConvertible {
  private static let busyDelay: Duration = .seconds(1)
  private static let providerDelay: Duration = .seconds(5)

  var rpcError: RPCError {
    switch self {
    case .wrongCredentials:
      error(.unauthenticated, "WRONG_CREDENTIALS", "the address or the password is wrong")
    case .emailNotVerified:
      error(.failedPrecondition, "EMAIL_NOT_VERIFIED", "the address is not verified; use the token of the mail first")
    case .accountDisabled:
      error(.permissionDenied, "ACCOUNT_DISABLED", "the account is disabled")
    case .badToken:
      error(.unauthenticated, "BAD_TOKEN", "the token is unknown, used or expired")
    case .refreshTokenReused:
      error(
        .unauthenticated, "REFRESH_TOKEN_REUSED",
        "the refresh token was exchanged before; the session is ended, sign in again")
    case .wrongCode:
      error(.unauthenticated, "WRONG_CODE", "the code is wrong")
    case .credentialsChanged:
      error(.aborted, "CREDENTIALS_CHANGED", "a way to sign in has changed, or the session has ended; begin anew")
    case .wouldLoseRights:
      error(
        .failedPrecondition, "WOULD_LOSE_RIGHTS",
        "the account may do something that the invitation's role may not; somebody who manages users can change it")
    case .tooManyMails:
      error(.resourceExhausted, "TOO_MANY_MAILS", "the address was sent many mails of late; try again later")
    case .noSuchSession(let id): missing("Session", id)
    case .noSuchAddress(let id): missing("Address", id)
    case .noSuchUser(let id): missing("User", id)
    case .noSuchRole(let name): missing("UserRole", name)
    case .noSuchSeller(let id): missing("Seller", id, in: "catalog")
    case .noShop: error(.failedPrecondition, "NO_SHOP", "the caller runs no shop")
    case .aboveTheCaller:
      error(.permissionDenied, "ABOVE_THE_CALLER", "nobody gives or takes more than they may do themselves")
    case .noSuchKey(let id): missing("ApiKey", id)
    case .noSuchCertificate(let id): missing("Certificate", id)
    case .noSuchInvitation(let id): missing("Invitation", id)
    case .noSuchDevice(let code): missing("Device", code)
    case .authorizationPending: error(.failedPrecondition, "AUTHORIZATION_PENDING", "the user has not decided yet")
    case .deviceDenied: error(.permissionDenied, "ACCESS_DENIED", "the user said no")
    case .slowDown:
      RPCError(
        .resourceExhausted, "the device asks more often than it was told",
        details: [
          .errorInfo(reason: "SLOW_DOWN", domain: "fastshop", metadata: [:]),
          .retryInfo(delay: .seconds(Int(DevicePoll.intervalSeconds))),
        ])
    case .certificateExists: error(.alreadyExists, "CERTIFICATE_EXISTS", "the certificate is entered already")
    case .tooManyPrograms:
      error(.resourceExhausted, "TOO_MANY_PROGRAMS", "there are \(Program.countMax) already; revoke some first")
    case .roleExists(let name):
      error(.alreadyExists, "ROLE_EXISTS", "there is a role \(name), or there are too many")
    case .roleInUse(let name):
      error(.failedPrecondition, "ROLE_IN_USE", "somebody has the role \(name), or is invited to it")
    case .notToOneself:
      error(.failedPrecondition, "NOT_TO_ONESELF", "somebody else must change the caller's own account")
    case .tooManyAddresses:
      RPCError(
        .resourceExhausted, "there are \(AddressBook.addressesMax) addresses already",
        details: [
          .quotaFailure([.init(subject: "addresses", description: "A user has \(AddressBook.addressesMax) at most.")])
        ])
    case .secondFactorExists:
      error(.failedPrecondition, "SECOND_FACTOR_EXISTS", "there is a second factor; remove it first")
    case .noSecondFactor:
      error(.failedPrecondition, "NO_SECOND_FACTOR", "there is no second factor")
    case .noEnrolment:
      error(.failedPrecondition, "NO_ENROLMENT", "no enrolment was begun")
    case .secondFactorRequired:
      error(.failedPrecondition, "SECOND_FACTOR_REQUIRED", "the role must have a second factor")
    case .tooManyPasswords:
      RPCError(
        .resourceExhausted, "too many people sign in at this moment",
        details: [.retryInfo(delay: Self.busyDelay)])
    case .badState, .noSuchProvider, .providerUnavailable, .externalSignInRefused, .externalEmailNotVerified,
      .accountNotLinked, .externalAccountTaken, .noSuchExternalAccount, .lastSignIn, .signInAgain:
      externalError
    case .lockedOut(let delay):
      RPCError(
        .resourceExhausted, "too many failed attempts; try again in \(delay.wholeSeconds) s",
        details: [
          .errorInfo(reason: "LOCKED_OUT", domain: "fastshop", metadata: [:]),
          .retryInfo(delay: .seconds(delay.wholeSeconds)),
        ])
    case .noSession:
      error(.failedPrecondition, "NO_SESSION", "the call is for people who are signed in")
    case .noSigningKey:
      RPCError(.unavailable, "the server cannot sign tokens at the moment")
    }
  }

  /// What has to do with accounts elsewhere.
  private var externalError: RPCError {
    switch self {
    case .badState:
      error(.unauthenticated, "BAD_STATE", "the state is unknown, used, expired or another browser's; begin anew")
    case .noSuchProvider(let key): missing("IdentityProvider", key)
    case .noSuchExternalAccount(let id): missing("ExternalAccount", id)
    case .providerUnavailable:
      RPCError(
        .unavailable, "the provider cannot be used at the moment",
        details: [.retryInfo(delay: Self.providerDelay)])
    case .externalEmailNotVerified:
      error(
        .failedPrecondition, "EXTERNAL_EMAIL_NOT_VERIFIED", "the provider does not vouch for an e-mail address")
    case .accountNotLinked:
      error(
        .failedPrecondition, "ACCOUNT_NOT_LINKED",
        "there is an account with this address; sign in to it and link the provider there")
    case .externalAccountTaken:
      error(
        .alreadyExists, "EXTERNAL_ACCOUNT_TAKEN", "it signs somebody in already, or there are too many")
    case .lastSignIn:
      error(.failedPrecondition, "LAST_SIGN_IN", "nothing else would sign the user in; set a password first")
    case .signInAgain:
      error(.failedPrecondition, "SIGN_IN_AGAIN", "the session is too old for this; sign in again")
    default: error(.unauthenticated, "EXTERNAL_SIGN_IN_REFUSED", "the provider does not confirm who came from it")
    }
  }

  private func missing(_ type: String, _ name: String, in package: String = "identity") -> RPCError {
    RPCError(
      .notFound, "there is no such \(type)",
      details: [
        .resourceInfo(type: "fastshop.\(package).v1.\(type)", name: name, description: "It does not exist.")
      ])
  }

  private func error(_ code: StatusCode, _ reason: String, _ sentence: String) -> RPCError {
    RPCError(code, sentence, details: [.errorInfo(reason: reason, domain: "fastshop", metadata: [:])])
  }
}

extension Duration {
  /// Seconds in which all of it has passed.
  fileprivate var wholeSeconds: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}
