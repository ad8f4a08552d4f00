internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// A user's application to sell.
struct NewApplication {
  let requestID: ID
  private let caller: Caller
  private let slug: String
  private let name: String
  private let description: String
  private let trader: CheckedTrader

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ApplyAsSellerRequest, by caller: Caller, in arena: Arena) throws {
    var check = RequestCheck()
    requestID = check.id(request.requestID, "request_id")
    slug = check.shopSlug(request.slug, "slug")
    name = check.line(request.name, "name", isRequired: true)
    description = check.note(request.description, "description", upTo: StoredShop.descriptionCharactersMax)
    trader = CheckedTrader(request.trader, &check, in: arena)
    try check.verify()
    self.caller = caller
  }

  /// Stores the application, for staff to decide.
  /// - Throws: ``SellersError``.
  func submit(in work: Work) async throws -> SellerApplication {
    // Not before the work: whoever was approved meanwhile and sends the request again gets its first response.
    guard caller.kind == .user, caller.role == .customer, let applicant = caller.id else {
      throw SellersError.applicantNotCustomer
    }
    let (id, trader) = (ID.made(at: work.now), trader.message(in: work.arena))
    let sealed = try SealedTrader.seal(trader, for: id, try work.vault)
    let inserted = try await expecting(["sellers.application_waiting": SellersError.applicationWaiting]) {
      try await work.execute(
        """
        INSERT INTO sellers.application (id, applicant_id, slug, name, description, sealed, created_at)
        SELECT \(id), \(applicant), \(slug), \(name), \(description), \(sealed), \(work.now)
         WHERE NOT EXISTS (SELECT FROM catalog.seller_entry s WHERE s.slug = \(slug))
        """)
    }
    guard inserted == 1 else { throw SellersError.slugTaken(slug) }
    let application = try await StoredApplication.read(id, in: work)
    let audited = try await StoredApplication.audited(id, in: work)
    try work.audit("sellers.application.submit", on: SellerApplication.descriptor.fullName, id, after: audited)
    work.publish(try NewEvent("sellers.application", "submitted", of: id, subjects: [applicant], payload: audited))
    application.trader = trader
    return application
  }
}

extension RequestCheck {
  private static let slugCharactersMax = 100

  /// A field with the name of a shop in URLs.
  mutating func shopSlug(_ text: Text, _ field: String) -> String {
    let slug = Slug(text.string, charactersMax: Self.slugCharactersMax)
    require(
      slug != nil, field,
      "Must have 1 to \(Self.slugCharactersMax) lower-case letters and digits, and single hyphens between them.")
    return slug?.text ?? ""
  }
}
