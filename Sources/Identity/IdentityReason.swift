package import RPC

/// Why somebody is not let in, or something about an account is not changed.
package enum IdentityReason: String, ErrorReason {
  case exceedsCallerPermissions = "EXCEEDS_CALLER_PERMISSIONS"
  case accessDenied = "ACCESS_DENIED"
  case accountDisabled = "ACCOUNT_DISABLED"
  case accountNotLinked = "ACCOUNT_NOT_LINKED"
  case authorizationPending = "AUTHORIZATION_PENDING"
  case invalidState = "INVALID_STATE"
  case invalidToken = "INVALID_TOKEN"
  case certificateExists = "CERTIFICATE_EXISTS"
  case certificateNotShown = "CERTIFICATE_NOT_SHOWN"
  case credentialsChanged = "CREDENTIALS_CHANGED"
  case emailNotVerified = "EMAIL_NOT_VERIFIED"
  case externalAccountTaken = "EXTERNAL_ACCOUNT_TAKEN"
  case externalEmailNotVerified = "EXTERNAL_EMAIL_NOT_VERIFIED"
  case externalSignInRefused = "EXTERNAL_SIGN_IN_REFUSED"
  case lastSignIn = "LAST_SIGN_IN"
  case lockedOut = "LOCKED_OUT"
  case cannotChangeOwnAccount = "CANNOT_CHANGE_OWN_ACCOUNT"
  case noEnrolment = "NO_ENROLMENT"
  case noSecondFactor = "NO_SECOND_FACTOR"
  case noSession = "NO_SESSION"
  case noShop = "NO_SHOP"
  case providerUnavailable = "PROVIDER_UNAVAILABLE"
  case refreshTokenReused = "REFRESH_TOKEN_REUSED"
  case roleExists = "ROLE_EXISTS"
  case roleInUse = "ROLE_IN_USE"
  case secondFactorExists = "SECOND_FACTOR_EXISTS"
  case secondFactorNeeded = "SECOND_FACTOR_NEEDED"
  case signingKeyMissing = "SIGNING_KEY_MISSING"
  case signInAgain = "SIGN_IN_AGAIN"
  case signInBusy = "SIGN_IN_BUSY"
  case slowDown = "SLOW_DOWN"
  case tooManyAddresses = "TOO_MANY_ADDRESSES"
  case tooManyMails = "TOO_MANY_MAILS"
  case tooManyClientCredentials = "TOO_MANY_CLIENT_CREDENTIALS"
  case wouldLosePermissions = "WOULD_LOSE_PERMISSIONS"
  case wrongCode = "WRONG_CODE"
  case wrongCredentials = "WRONG_CREDENTIALS"

  package var definition: ErrorDefinition {
    switch self {
    case .exceedsCallerPermissions: .init(.permissionDenied, "nobody gives or takes more than they may do themselves")
    case .accessDenied: .init(.permissionDenied, "the user said no")
    case .accountDisabled: .init(.permissionDenied, "the account is disabled")
    case .accountNotLinked:
      .init(.failedPrecondition, "there is an account with this address; sign in to it and link the provider there")
    case .authorizationPending: .init(.failedPrecondition, "the user has not decided yet")
    case .invalidState: .init(.unauthenticated, "the state is unknown, used, expired or another browser's; begin anew")
    case .invalidToken: .init(.unauthenticated, "the token is unknown, used or expired")
    case .certificateExists: .init(.alreadyExists, "the certificate is entered already")
    case .certificateNotShown:
      .init(.failedPrecondition, "call over a connection that shows the certificate: whoever enters it must have it")
    case .credentialsChanged: .init(.aborted, "a way to sign in has changed, or the session has ended; begin anew")
    case .emailNotVerified: .init(.failedPrecondition, "the address is not verified; use the token of the mail first")
    case .externalAccountTaken: .init(.alreadyExists, "it signs somebody in already, or there are too many")
    case .externalEmailNotVerified: .init(.failedPrecondition, "the provider does not vouch for an e-mail address")
    case .externalSignInRefused: .init(.unauthenticated, "the provider does not confirm who came from it")
    case .lastSignIn: .init(.failedPrecondition, "nothing else would sign the user in; set a password first")
    case .lockedOut: .init(.resourceExhausted, "too many failed attempts: `RetryInfo` says when to try again")
    case .cannotChangeOwnAccount: .init(.failedPrecondition, "somebody else must change the caller's own account")
    case .noEnrolment: .init(.failedPrecondition, "no enrolment was begun")
    case .noSecondFactor: .init(.failedPrecondition, "there is no second factor")
    case .noSession: .init(.failedPrecondition, "the call is for people who are signed in")
    case .noShop: .init(.failedPrecondition, "the caller runs no shop")
    case .providerUnavailable: .init(.unavailable, "the provider cannot be used at the moment")
    case .refreshTokenReused:
      .init(.unauthenticated, "the refresh token was exchanged before; the session is ended, sign in again")
    case .roleExists: .init(.alreadyExists, "there is a role of this name, or there are too many")
    case .roleInUse: .init(.failedPrecondition, "somebody has the role, or is invited to it")
    case .secondFactorExists: .init(.failedPrecondition, "there is a second factor; remove it first")
    case .secondFactorNeeded: .init(.failedPrecondition, "the role must have a second factor")
    case .signingKeyMissing: .init(.unavailable, "the server cannot sign tokens at the moment")
    case .signInAgain: .init(.failedPrecondition, "the session is too old for this; sign in again")
    case .signInBusy:
      .init(.resourceExhausted, "too many people sign in at this moment: `RetryInfo` says when to try again")
    case .slowDown:
      .init(.resourceExhausted, "the device asks more often than it was told: `RetryInfo` says how often it may")
    case .tooManyAddresses:
      .init(.resourceExhausted, "the user has as many addresses as there may be; delete one first")
    case .tooManyMails: .init(.resourceExhausted, "the address was sent many mails of late; try again later")
    case .tooManyClientCredentials:
      .init(.resourceExhausted, "there are as many keys and certificates as there may be; revoke some first")
    case .wouldLosePermissions:
      .init(
        .failedPrecondition,
        "the account may do something that the invitation's role may not; somebody who manages users can change it")
    case .wrongCode: .init(.unauthenticated, "the code is wrong")
    case .wrongCredentials: .init(.unauthenticated, "the address or the password is wrong")
    }
  }
}
