internal import Platform
internal import Postgres
internal import Protobuf
internal import TaxesAPI

/// A new exemption of a buyer.
struct ExemptionCreation {
  /// Exemptions of a buyer.
  static let exemptionsMax = 100
  private static let areasMax = 100
  private static let reasonCharactersMax = 200

  let requestID: ID
  private let user: ID?
  private let number: String?
  private let areas: String
  private let reason: String
  private let validUntil: String

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: CreateTaxExemptionRequest, in arena: Arena) throws {
    let exemption = request.taxExemption ?? TaxExemption(in: arena)
    var check = RequestCheck()
    user = check.optionalID(exemption.userID, "tax_exemption.user_id")
    let plain = check.plainTaxNumber(exemption.taxNumber, "tax_exemption.tax_number")
    number = plain.isEmpty ? nil : plain
    check.require(
      exemption.userID.isEmpty != exemption.taxNumber.isEmpty, "tax_exemption.user_id",
      "Either user_id or tax_number must be set.")
    check.require(
      exemption.areas.count <= Self.areasMax, "tax_exemption.areas", "Must have at most \(Self.areasMax) elements.")
    let kept = TaxExemption(in: arena)
    for (index, area) in exemption.areas.prefix(Self.areasMax).enumerated() {
      let copy = kept.areas.appendNew()
      let path = "tax_exemption.areas[\(index)]"
      copy.country = arena.text(check.taxCountry(area.country, "\(path).country"))
      copy.region = arena.text(check.taxRegion(area.region, "\(path).region"))
    }
    areas = "[" + (try kept.areas.map { try $0.json() }).joined(separator: ",") + "]"
    reason = check.line(
      exemption.reason, "tax_exemption.reason", upTo: Self.reasonCharactersMax, isRequired: true)
    validUntil = check.day(exemption.validUntil, "tax_exemption.valid_until") ?? "infinity"
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``TaxesError/tooManyExemptions(most:)``.
  func carryOut(in work: Work) async throws -> CreateTaxExemptionResponse {
    let id = ID.made(at: work.now)
    let buyer = user?.description ?? number ?? ""
    // One at a time: each counts those before it.
    work.send("SELECT pg_advisory_xact_lock(hashtext('taxes.exemption'), hashtext(\(buyer)))")
    let made = try await work.first(
      TaxExemption.self,
      """
      INSERT INTO taxes.exemption AS e (id, user_id, tax_number, areas, reason, valid_until, created_at)
      SELECT \(id), \(user)::uuid, \(number)::text, \(areas)::jsonb, \(reason), \(validUntil)::date, \(work.now)
       WHERE (SELECT count(*) FROM taxes.exemption o WHERE o.user_id = \(user)::uuid OR o.tax_number = \(number)::text)
             < \(Self.exemptionsMax)
      RETURNING \(ExemptionColumns.exemption)
      """)
    guard let made else { throw TaxesError.tooManyExemptions(most: Self.exemptionsMax) }
    try work.audit("taxes.tax_exemption.create", on: TaxExemption.descriptor.fullName, id, after: made)
    let response = CreateTaxExemptionResponse(in: work.arena)
    response.taxExemption = made
    return response
  }
}

/// Deletes an exemption.
struct ExemptionDeletion {
  let requestID: ID
  private let id: ID

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: DeleteTaxExemptionRequest) throws {
    var check = RequestCheck()
    id = check.id(request.taxExemptionID, "tax_exemption_id")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``TaxesError/noSuchExemption(_:)``.
  func carryOut(in work: Work) async throws -> DeleteTaxExemptionResponse {
    let before = try await work.first(
      TaxExemption.self,
      "DELETE FROM taxes.exemption e WHERE e.id = \(id) RETURNING \(ExemptionColumns.exemption)")
    guard let before else { throw TaxesError.noSuchExemption(id.description) }
    try work.audit("taxes.tax_exemption.delete", on: TaxExemption.descriptor.fullName, id, before: before)
    return DeleteTaxExemptionResponse(in: work.arena)
  }
}

/// The columns of the API's `TaxExemption`; `e` is taxes.exemption.
enum ExemptionColumns {
  static var exemption: Query {
    """
    e.id, e.user_id, e.tax_number, e.areas, e.reason, \(TaxRateColumns.day("e.valid_until")) AS valid_until,
           e.created_at AS create_time
    """
  }
}
