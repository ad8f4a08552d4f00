internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import TaxesAPI

/// `fastshop.taxes.v1.TaxService`.
struct TaxHandlers: TaxService {
  /// Nil where nobody is asked about tax numbers.
  let numbers: TaxNumberService?

  func createTaxRate(_ request: CreateTaxRateRequest, _ call: Call) async throws -> CreateTaxRateResponse {
    let rate = request.taxRate ?? TaxRate(in: call.arena)
    var check = RequestCheck()
    let scope = TaxRateScope(rate, &check)
    let fields = TaxRateFields(rate, &check) { _ in true }
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: requestID) { work in
      let response = CreateTaxRateResponse(in: work.arena)
      response.taxRate = try await TaxRateStore(work: work).create(scope, fields)
      return response
    }
  }

  func updateTaxRate(_ request: UpdateTaxRateRequest, _ call: Call) async throws -> UpdateTaxRateResponse {
    let rate = request.taxRate ?? TaxRate(in: call.arena)
    var check = RequestCheck()
    let id = check.id(rate.id, "tax_rate.id")
    let mask = check.updateMask(request.updateMask, of: request.taxRate, changing: TaxRateFields.changeable)
    let fields = TaxRateFields(rate, &check) { mask.contains($0) }
    let expected = check.etag(rate.etag, "tax_rate.etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: requestID) { work in
      let store = TaxRateStore(work: work)
      let before = try await store.lock(id, in: expected)
      let response = UpdateTaxRateResponse(in: work.arena)
      response.taxRate = try await store.update(before, id, fields, mask)
      return response
    }
  }

  func deleteTaxRate(_ request: DeleteTaxRateRequest, _ call: Call) async throws -> DeleteTaxRateResponse {
    var check = RequestCheck()
    let id = check.id(request.taxRateID, "tax_rate_id")
    let expected = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: requestID) { work in
      let store = TaxRateStore(work: work)
      try store.delete(try await store.lock(id, in: expected), id)
      return DeleteTaxRateResponse(in: work.arena)
    }
  }

  func listTaxRates(_ request: ListTaxRatesRequest, _ call: Call) async throws -> ListTaxRatesResponse {
    let page = try await TaxRateList(request, try call.tokenSigner).read(call)
    let response = ListTaxRatesResponse(in: call.arena)
    (response.taxRates, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func setTaxCategory(_ request: SetTaxCategoryRequest, _ call: Call) async throws -> SetTaxCategoryResponse {
    let change = try TaxCategoryChange(request)
    return try await call.work(request, id: change.requestID) { work in try await change.carryOut(in: work) }
  }

  func listTaxCategories(_ request: ListTaxCategoriesRequest, _ call: Call) async throws -> ListTaxCategoriesResponse {
    let page = try await TaxCategoryList(request, try call.tokenSigner).read(call)
    let response = ListTaxCategoriesResponse(in: call.arena)
    (response.assignments, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func createTaxExemption(
    _ request: CreateTaxExemptionRequest, _ call: Call
  ) async throws -> CreateTaxExemptionResponse {
    let creation = try ExemptionCreation(request, in: call.arena)
    return try await call.work(request, id: creation.requestID) { work in try await creation.carryOut(in: work) }
  }

  func deleteTaxExemption(
    _ request: DeleteTaxExemptionRequest, _ call: Call
  ) async throws -> DeleteTaxExemptionResponse {
    let deletion = try ExemptionDeletion(request)
    return try await call.work(request, id: deletion.requestID) { work in try await deletion.carryOut(in: work) }
  }

  func listTaxExemptions(_ request: ListTaxExemptionsRequest, _ call: Call) async throws -> ListTaxExemptionsResponse {
    let page = try await ExemptionList(request, try call.tokenSigner).read(call)
    let response = ListTaxExemptionsResponse(in: call.arena)
    (response.taxExemptions, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func calculateTax(_ request: CalculateTaxRequest, _ call: Call) async throws -> CalculateTaxResponse {
    let calculation = try TaxCalculation(request, for: call.caller)
    return try await calculation.carryOut(in: try call.database.connections, at: .now, in: call.arena)
  }

  func checkTaxNumber(_ request: CheckTaxNumberRequest, _ call: Call) async throws -> CheckTaxNumberResponse {
    let checking = try TaxNumberChecking(request)
    let response = CheckTaxNumberResponse(in: call.arena)
    response.check = try await checking.carryOut(call, asking: numbers, at: .now)
    return response
  }

  func getTaxSettings(_ request: GetTaxSettingsRequest, _ call: Call) async throws -> GetTaxSettingsResponse {
    let response = GetTaxSettingsResponse(in: call.arena)
    response.settings = try await call.database.first(TaxSettings.self, TaxSettingsChange.query)
    return response
  }

  func setTaxSettings(_ request: SetTaxSettingsRequest, _ call: Call) async throws -> SetTaxSettingsResponse {
    let change = try TaxSettingsChange(request, in: call.arena)
    return try await call.work(request, id: change.requestID) { work in try await change.carryOut(in: work) }
  }
}
