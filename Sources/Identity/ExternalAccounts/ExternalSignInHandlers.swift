internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.ExternalSignInService`.
struct ExternalSignInHandlers: ExternalSignInService {
  let context: IdentityContext
  let providers: [OpenIDProvider]

  private var flow: AuthorizationFlow { AuthorizationFlow(context: context, providers: providers) }

  func listIdentityProviders(
    _ request: ListIdentityProvidersRequest, _ call: Call
  ) async throws -> ListIdentityProvidersResponse {
    let response = ListIdentityProvidersResponse(in: call.arena)
    for provider in providers {
      let entry = response.providers.appendNew()
      entry.key = call.arena.text(provider.settings.key)
      entry.displayName = call.arena.text(provider.settings.displayName)
    }
    return response
  }

  func beginExternalSignIn(
    _ request: BeginExternalSignInRequest, _ call: Call
  ) async throws -> BeginExternalSignInResponse {
    var check = RequestCheck()
    let redirect = check.redirect(request.redirectUri.string, context.settings.external)
    let provider = check.provider(request.provider.string)
    try check.verify()
    let response = BeginExternalSignInResponse(in: call.arena)
    response.authorizationRequest = try await flow.begin(at: provider, redirect, nil, call)
    return response
  }

  func confirmExternalSignIn(
    _ request: ConfirmExternalSignInRequest, _ call: Call
  ) async throws -> ConfirmExternalSignInResponse {
    var check = RequestCheck()
    let answer = ProviderResponse(request.authorizationResponse ?? AuthorizationResponse(in: call.arena), &check)
    let device = check.device(request.device)
    try check.verify()
    let (provider, person, _) = try await flow.complete(answer, linkingSession: nil, call)
    let signIn = ExternalSignIn(context: context, provider: provider, person: person)
    let (account, isNew) = try await signIn.account(call)
    let response = ConfirmExternalSignInResponse(in: call.arena)
    switch try await context.completeFirstFactor(account, by: .external, context.device(device, call), call) {
    case .tokens(let tokens): response.outcome = .tokens(tokens)
    case .challenge(let challenge): response.outcome = .challenge(challenge)
    }
    response.isNewUser = isNew
    return response
  }

  func listExternalAccounts(
    _ request: ListExternalAccountsRequest, _ call: Call
  ) async throws -> ListExternalAccountsResponse {
    let (user, _) = try call.userSession
    let response = ListExternalAccountsResponse(in: call.arena)
    response.accounts = try await call.database.all(
      ExternalAccount.self,
      """
      SELECT \(ExternalAccounts.columns(context.settings.external)), a.email FROM identity.external_account a
       WHERE a.user_id = \(user) ORDER BY a.id LIMIT \(ExternalAccounts.countMax)
      """)
    return response
  }

  func beginExternalLink(_ request: BeginExternalLinkRequest, _ call: Call) async throws -> BeginExternalLinkResponse {
    let linkingSession = try call.linkingSession
    var check = RequestCheck()
    let redirect = check.redirect(request.redirectUri.string, context.settings.external)
    let provider = check.provider(request.provider.string)
    let password = check.maybePassword(request.password.string, "password")
    try check.verify()
    let stamp = try await context.reauthenticate(password, linkingSession, call)
    let response = BeginExternalLinkResponse(in: call.arena)
    response.authorizationRequest = try await flow.begin(at: provider, redirect, stamp, call)
    return response
  }

  func confirmExternalLink(
    _ request: ConfirmExternalLinkRequest, _ call: Call
  ) async throws -> ConfirmExternalLinkResponse {
    let linkingSession = try call.linkingSession
    var check = RequestCheck()
    let answer = ProviderResponse(request.authorizationResponse ?? AuthorizationResponse(in: call.arena), &check)
    try check.verify()
    let (provider, person, stamp) = try await flow.complete(answer, linkingSession: linkingSession, call)
    guard let stamp else { throw IdentityError.invalidState }
    let response = ConfirmExternalLinkResponse(in: call.arena)
    response.account = try await context.work(call) { work in
      let link = ExternalLink(context: context, work: work, user: linkingSession.user, now: .now)
      return try await link.add(person, of: provider, asked: stamp, in: call.arena)
    }
    return response
  }

  func unlinkExternalAccount(
    _ request: UnlinkExternalAccountRequest, _ call: Call
  ) async throws -> UnlinkExternalAccountResponse {
    let linkingSession = try call.linkingSession
    var check = RequestCheck()
    let id = check.id(request.externalAccountID, "external_account_id")
    let password = check.maybePassword(request.password.string, "password")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    let stamp: SecurityStamp
    do {
      stamp = try await context.reauthenticate(password, linkingSession, call)
    } catch IdentityError.signInAgain {
      // The session was new enough when the same request came first.
      return try await call.firstResponse(to: request, id: requestID, orThrow: IdentityError.signInAgain)
    }
    return try await context.work(request, id: requestID, call) { work in
      let link = ExternalLink(context: context, work: work, user: linkingSession.user, now: .now)
      try await link.remove(id, asked: stamp, in: call.arena)
      return UnlinkExternalAccountResponse(in: call.arena)
    }
  }
}

extension Call {
  /// The session in which an account is linked.
  fileprivate var linkingSession: PendingAuthorization.LinkingSession {
    get throws {
      let (user, session) = try userSession
      return PendingAuthorization.LinkingSession(user: user, session: session)
    }
  }
}
