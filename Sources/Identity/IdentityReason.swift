package import RPC

/// The reasons of this module's errors, as the API names them.
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
  case lastOwner = "LAST_OWNER"
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
  case teamFull = "TEAM_FULL"
  case tooManyAddresses = "TOO_MANY_ADDRESSES"
  case tooManyMails = "TOO_MANY_MAILS"
  case tooManyClientCredentials = "TOO_MANY_CLIENT_CREDENTIALS"
  case wouldLosePermissions = "WOULD_LOSE_PERMISSIONS"
  case wrongCode = "WRONG_CODE"
  case wrongCredentials = "WRONG_CREDENTIALS"

  package var definition: ErrorDefinition {
    switch self {
    case .exceedsCallerPermissions:
      .init(.permissionDenied, "callers cannot grant or revoke permissions that they lack")
    case .accessDenied: .init(.permissionDenied, "the user declined")
    case .accountDisabled: .init(.permissionDenied, "the account is disabled")
    case .accountNotLinked:
      .init(.failedPrecondition, "an account with this address exists; sign in to it and link the provider there")
    case .authorizationPending: .init(.failedPrecondition, "the user has not decided yet")
    case .invalidState:
      .init(.unauthenticated, "the state is unknown, used, expired or from another browser; start again")
    case .invalidToken: .init(.unauthenticated, "the token is unknown, used or expired")
    case .certificateExists: .init(.alreadyExists, "the certificate is already registered")
    case .certificateNotShown:
      .init(.failedPrecondition, "the connection must present the certificate, to prove possession of its key")
    case .credentialsChanged: .init(.aborted, "a sign-in method has changed, or the session has ended; start again")
    case .emailNotVerified: .init(.failedPrecondition, "the address is not verified; use the token from the mail first")
    case .externalAccountTaken:
      .init(.alreadyExists, "the external account is linked to another user, or the caller has too many")
    case .externalEmailNotVerified:
      .init(.failedPrecondition, "the provider has no verified e-mail address of the user")
    case .externalSignInRefused: .init(.unauthenticated, "the provider did not confirm the sign-in")
    case .lastOwner: .init(.failedPrecondition, "a shop has an owner; make somebody else an owner first")
    case .lastSignIn: .init(.failedPrecondition, "the user would have no way left to sign in; set a password first")
    case .lockedOut: .init(.resourceExhausted, "too many failed attempts: `RetryInfo` says when to try again")
    case .cannotChangeOwnAccount: .init(.failedPrecondition, "callers cannot do this to their own account")
    case .noEnrolment: .init(.failedPrecondition, "there is no pending enrolment")
    case .noSecondFactor: .init(.failedPrecondition, "the account has no second factor")
    case .noSession: .init(.failedPrecondition, "the call needs the session of a person")
    case .noShop: .init(.failedPrecondition, "the caller runs no shop")
    case .providerUnavailable: .init(.unavailable, "the provider cannot be used at the moment")
    case .refreshTokenReused:
      .init(.unauthenticated, "the refresh token was exchanged before; the session is ended, sign in again")
    case .roleExists: .init(.alreadyExists, "a role with this name exists, or there are too many roles")
    case .roleInUse: .init(.failedPrecondition, "a user has the role or is invited to it")
    case .secondFactorExists: .init(.failedPrecondition, "the account already has a second factor; remove it first")
    case .secondFactorNeeded: .init(.failedPrecondition, "the role requires a second factor")
    case .signingKeyMissing: .init(.unavailable, "the server cannot sign tokens at the moment")
    case .signInAgain: .init(.failedPrecondition, "the session is too old for this; sign in again")
    case .signInBusy:
      .init(.resourceExhausted, "too many sign-ins at the moment: `RetryInfo` says when to try again")
    case .slowDown:
      .init(.resourceExhausted, "the device polls too often: `RetryInfo` gives the interval")
    case .teamFull:
      .init(.resourceExhausted, "the team has the maximum number of people; remove somebody first")
    case .tooManyAddresses:
      .init(.resourceExhausted, "the user has the maximum number of addresses; delete one first")
    case .tooManyMails: .init(.resourceExhausted, "the address has received too many mails recently; try again later")
    case .tooManyClientCredentials:
      .init(.resourceExhausted, "the maximum number of keys and certificates exists; revoke some first")
    case .wouldLosePermissions:
      .init(
        .failedPrecondition,
        "the account has a permission that the invitation's role lacks; a user administrator can set the role")
    case .wrongCode: .init(.unauthenticated, "the code is wrong")
    case .wrongCredentials: .init(.unauthenticated, "the address or the password is wrong")
    }
  }
}
