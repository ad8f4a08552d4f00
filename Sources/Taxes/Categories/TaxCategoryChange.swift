internal import Platform
internal import Postgres
internal import Protobuf
internal import TaxesAPI

/// The tax category of a product, or of a category of the catalogue.
struct TaxCategoryChange {
  private static let type = TaxCategoryAssignment.descriptor.fullName
  private static let topic = "taxes.tax_category"
  static var columns: Query { "a.subject_id, a.category, a.updated_at AS update_time" }

  let requestID: ID
  private let subject: ID
  private let category: String

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SetTaxCategoryRequest) throws {
    var check = RequestCheck()
    subject = check.id(request.subjectID, "subject_id")
    category = check.taxCategory(request.category, "category")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  func carryOut(in work: Work) async throws -> SetTaxCategoryResponse {
    let response = SetTaxCategoryResponse(in: work.arena)
    work.send("SELECT pg_advisory_xact_lock(hashtext('taxes.category_assignment'), hashtext(\(subject)::uuid::text))")
    let before = try await work.first(
      TaxCategoryAssignment.self,
      "SELECT \(Self.columns) FROM taxes.category_assignment a WHERE a.subject_id = \(subject)")
    if category.isEmpty {
      if before == nil { return response }
      work.sendRequirement(
        "DELETE FROM taxes.category_assignment a WHERE a.subject_id = \(subject) RETURNING a.subject_id", rows: 1,
        "a tax category was not taken away")
    } else {
      response.assignment = try await work.first(
        TaxCategoryAssignment.self,
        """
        INSERT INTO taxes.category_assignment AS a (subject_id, category, updated_at)
        VALUES (\(subject), \(category), \(work.now))
            ON CONFLICT ON CONSTRAINT category_assignment_pkey
            DO UPDATE SET category = excluded.category, updated_at = excluded.updated_at
        RETURNING \(Self.columns)
        """)
    }
    let after = response.assignment
    try work.audit("taxes.tax_category.set", on: Self.type, subject, before: before, after: after)
    if let told = after ?? before {
      work.publish(try NewEvent(Self.topic, after == nil ? "removed" : "set", of: subject, payload: told))
    }
    return response
  }
}

/// A page of the products and categories that have a tax category.
struct TaxCategoryList: PagedList {
  typealias Element = TaxCategoryAssignment

  let page: PageRequest

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListTaxCategoriesRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    let order = ListOrder(
      "subject", .index("category_assignment_pkey"), by: .id("a.subject_id", in: "subject_id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows {
    ListRows(TaxCategoryChange.columns, from: "taxes.category_assignment a", where: "true")
  }
}
