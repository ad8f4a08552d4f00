internal import Identity
internal import Mail
internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// What staff decide about an application, inside a unit of work.
struct ApplicationDecision {
  private static let type = SellerApplication.descriptor.fullName

  let application: ID
  let move: ApplicationMove
  let expected: ExpectedState

  /// Locks the application, verifies that the decision is possible, and lets `decide` write it.
  /// - Returns: the application after the decision, without its trader.
  /// - Throws: ``SellersError``, ``StaleETag``, ``IllegalMove``.
  func carryOut(
    in work: Work, _ decide: (_ submitted: SellerApplication, _ applicant: ID) async throws -> Void
  ) async throws -> SellerApplication {
    let row = try await expected.lock(
      "SELECT a.version, a.state, a.applicant_id FROM sellers.application a WHERE a.id = \(application) FOR UPDATE",
      of: Self.type, application, work)
    guard let row else { throw SellersError.noSuchApplication(application.description) }
    guard let status = ApplicationStatus(rawValue: try row.string("state")) else {
      throw PostgresError.mapping("an application's state")
    }
    let applicant = try row.id("applicant_id")
    let permissions = work.origin.caller?.permissions ?? []
    let transition = try ApplicationStates.machine.transition(move, from: status, with: permissions)
    let before = try await StoredApplication.audited(application, in: work)
    let submitted = try await StoredApplication.read(application, in: work)
    try await decide(submitted, applicant)
    let after = try await StoredApplication.audited(application, in: work)
    try work.audit("sellers.application.\(move.rawValue)", on: Self.type, application, before: before, after: after)
    work.publish(
      try NewEvent(
        "sellers.application", transition.state.rawValue, of: application, subjects: [applicant], payload: after))
    return try await StoredApplication.read(application, in: work)
  }

  /// Writes the decision into the locked row.
  func write(
    _ status: ApplicationStatus, seller: ID? = nil, slug: String? = nil, reason: String = "", in work: Work
  ) async throws {
    let changed = try await work.execute(
      """
      UPDATE sellers.application a
         SET state = \(status.rawValue), seller_id = \(seller)::uuid, slug = coalesce(\(slug)::text, a.slug),
             reason = \(reason), decided_by = \(work.origin.caller?.id)::uuid, decided_at = \(work.now),
             version = a.version + 1
       WHERE a.id = \(application)
      """)
    guard changed == 1 else { throw PostgresError.mapping("an application that was locked is gone") }
  }
}

/// Staff approve an application.
struct ApplicationApproval {
  let requestID: ID
  let application: ID
  private let slug: String?
  private let decision: ApplicationDecision

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ApproveSellerRequest) throws {
    var check = RequestCheck()
    requestID = check.id(request.requestID, "request_id")
    application = check.id(request.applicationID, "application_id")
    slug = request.slug.isEmpty ? nil : check.shopSlug(request.slug, "slug")
    decision = ApplicationDecision(
      application: application, move: .approve, expected: check.etag(request.etag, "etag"))
    try check.verify()
  }

  /// Creates the seller with the shop, and makes the applicant its owner.
  /// - Throws: ``SellersError``, ``StaleETag``, ``IllegalMove``.
  func carryOut(in work: Work, _ vault: Vault) async throws -> (SellerApplication, Shop) {
    let seller = ID.made(at: work.now)
    let stored = StoredApplication(vault: vault)
    let decided = try await decision.carryOut(in: work) { submitted, applicant in
      try await stored.addTrader(to: submitted, work, in: work.arena)
      let trader = try submitted.trader?.json()
      let slug = self.slug ?? submitted.slug.string
      try await expecting(["catalog.seller_slug_key": SellersError.slugTaken(slug)]) {
        _ = try await work.rows(
          "SELECT catalog.add_seller(\(seller), \(slug), \(submitted.name.string))", access: .write)
      }
      let made = try await work.execute(
        """
        INSERT INTO sellers.shop (seller_id, description, trader, created_at, updated_at)
        VALUES (\(seller), \(submitted.description.string), \(trader)::json, \(work.now), \(work.now))
        """)
      guard made == 1 else { throw PostgresError.mapping("a shop that was not made") }
      guard try await ShopTeam(of: seller, in: work).appoint(applicant) else {
        throw SellersError.applicantNotCustomer
      }
      try await decision.write(.approved, seller: seller, slug: slug, in: work)
      try await work.mail(to: applicant) { .sellerApproved(to: $0, shop: submitted.name.string) }
    }
    let shop = StoredShop(seller: seller, work: work)
    work.publish(try NewEvent("sellers.shop", "opened", of: seller, payload: try await shop.withoutTrader()))
    try await stored.addSealed(to: decided, work, in: work.arena)
    return (decided, try await shop.read())
  }
}

/// Staff reject an application.
struct ApplicationRejection {
  let requestID: ID
  let application: ID
  private let reason: String
  private let decision: ApplicationDecision

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: RejectSellerRequest) throws {
    var check = RequestCheck()
    requestID = check.id(request.requestID, "request_id")
    application = check.id(request.applicationID, "application_id")
    reason = check.line(request.reason, "reason", upTo: StoredShop.reasonCharactersMax, isRequired: true)
    decision = ApplicationDecision(
      application: application, move: .reject, expected: check.etag(request.etag, "etag"))
    try check.verify()
  }

  /// - Throws: ``SellersError``, ``StaleETag``, ``IllegalMove``.
  func carryOut(in work: Work, _ vault: Vault) async throws -> SellerApplication {
    let decided = try await decision.carryOut(in: work) { submitted, applicant in
      try await decision.write(.rejected, reason: reason, in: work)
      DocumentUpkeep.scheduleRemoval(of: application, in: work)
      try await work.mail(to: applicant) { .sellerRejected(to: $0, shop: submitted.name.string, reason: reason) }
    }
    try await StoredApplication(vault: vault).addSealed(to: decided, work, in: work.arena)
    return decided
  }
}
