internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.ExternalSignInService`.
struct ExternalSignInEndpoint: ExternalSignInService {
  let desk: Reception
  let providers: [OpenIDProvider]

  private var journey: ProviderJourney { ProviderJourney(desk: desk, providers: providers) }

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

  func startExternalSignIn(
    _ request: StartExternalSignInRequest, _ call: Call
  ) async throws -> StartExternalSignInResponse {
    var check = RequestCheck()
    let redirect = check.redirect(request.redirectUri.string, desk.settings.external)
    let provider = check.provider(request.provider.string)
    try check.verify()
    let response = StartExternalSignInResponse(in: call.arena)
    response.visit = try await journey.begin(at: provider, redirect, nil, call)
    return response
  }

  func finishExternalSignIn(
    _ request: FinishExternalSignInRequest, _ call: Call
  ) async throws -> FinishExternalSignInResponse {
    var check = RequestCheck()
    let answer = ProviderAnswer(request.answer ?? ExternalAnswer(in: call.arena), &check)
    let device = check.device(request.device)
    try check.verify()
    let (provider, person, _) = try await journey.end(answer, linker: nil, call)
    let signIn = ExternalSignIn(desk: desk, provider: provider, person: person)
    let (account, isNew) = try await signIn.account(call)
    let response = FinishExternalSignInResponse(in: call.arena)
    switch try await desk.admit(account, by: .external, desk.device(device, call), call) {
    case .tokens(let tokens): response.outcome = .tokens(tokens)
    case .challenge(let challenge): response.outcome = .challenge(challenge)
    }
    response.isNewUser = isNew
    return response
  }

  func listExternalAccounts(
    _ request: ListExternalAccountsRequest, _ call: Call
  ) async throws -> ListExternalAccountsResponse {
    let (user, _) = try call.person
    let response = ListExternalAccountsResponse(in: call.arena)
    response.accounts = try await call.database.all(
      ExternalAccount.self,
      """
      SELECT \(ExternalAccounts.columns(desk.settings.external)), a.email FROM identity.external_account a
       WHERE a.user_id = \(user) ORDER BY a.id LIMIT \(ExternalAccounts.countMax)
      """)
    return response
  }

  func startExternalLink(_ request: StartExternalLinkRequest, _ call: Call) async throws -> StartExternalLinkResponse {
    let linker = try call.linker
    var check = RequestCheck()
    let redirect = check.redirect(request.redirectUri.string, desk.settings.external)
    let provider = check.provider(request.provider.string)
    let password = check.maybePassword(request.password.string, "password")
    try check.verify()
    let stamp = try await desk.proveAgain(password, linker, call)
    let response = StartExternalLinkResponse(in: call.arena)
    response.visit = try await journey.begin(at: provider, redirect, stamp, call)
    return response
  }

  func linkExternalAccount(
    _ request: LinkExternalAccountRequest, _ call: Call
  ) async throws -> LinkExternalAccountResponse {
    let linker = try call.linker
    var check = RequestCheck()
    let answer = ProviderAnswer(request.answer ?? ExternalAnswer(in: call.arena), &check)
    try check.verify()
    let (provider, person, stamp) = try await journey.end(answer, linker: linker, call)
    guard let stamp else { throw IdentityError.badState }
    let response = LinkExternalAccountResponse(in: call.arena)
    response.account = try await desk.change(call) { transaction in
      let link = ExternalLink(desk: desk, witness: try Witness(transaction, call), user: linker.user, now: .now)
      return try await link.add(person, of: provider, asked: stamp, in: call.arena)
    }
    return response
  }

  func unlinkExternalAccount(
    _ request: UnlinkExternalAccountRequest, _ call: Call
  ) async throws -> UnlinkExternalAccountResponse {
    let linker = try call.linker
    var check = RequestCheck()
    let id = check.id(request.externalAccountID, "external_account_id")
    let password = check.maybePassword(request.password.string, "password")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    let stamp = try await desk.proveAgain(password, linker, call)
    return try await desk.once(request, id: requestID, call) { witness in
      let link = ExternalLink(desk: desk, witness: witness, user: linker.user, now: .now)
      try await link.remove(id, asked: stamp, in: call.arena)
      return UnlinkExternalAccountResponse(in: call.arena)
    }
  }
}

extension Call {
  /// A person who is signed in, as whoever links.
  fileprivate var linker: Visit.Linker {
    get throws {
      let (user, session) = try person
      return Visit.Linker(user: user, session: session)
    }
  }
}
