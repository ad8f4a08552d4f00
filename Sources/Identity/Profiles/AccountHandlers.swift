internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.AccountService`.
struct AccountHandlers: AccountService {
  let context: IdentityContext

  func getProfile(_ request: GetProfileRequest, _ call: Call) async throws -> GetProfileResponse {
    let (user, _) = try call.userSession
    let response = GetProfileResponse(in: call.arena)
    response.profile = try await StoredProfile(user: user, vault: context.vault).find(
      try call.database.connections, in: call.arena)
    return response
  }

  func updateProfile(_ request: UpdateProfileRequest, _ call: Call) async throws -> UpdateProfileResponse {
    let (user, _) = try call.userSession
    var check = RequestCheck()
    let requestID = check.id(request.requestID, "request_id")
    let change = try ProfileChange(request, &check)
    return try await context.work(request, id: requestID, call, answer: .sealed) { work in
      let stored = StoredProfile(user: user, vault: context.vault)
      try await change.apply(on: stored, at: .now, work)
      let response = UpdateProfileResponse(in: call.arena)
      response.profile = try await stored.find(work, in: call.arena)
      return response
    }
  }

  func listAddresses(_ request: ListAddressesRequest, _ call: Call) async throws -> ListAddressesResponse {
    let (user, _) = try call.userSession
    let response = ListAddressesResponse(in: call.arena)
    let rows = try await call.database.rows(
      """
      SELECT \(StoredAddress.columns) FROM identity.address a WHERE a.user_id = \(user)
       ORDER BY a.id LIMIT \(AddressBook.addressesMax)
      """)
    let stored = StoredAddress(user: user, vault: context.vault)
    for row in rows { response.addresses.append(try stored.address(row, in: call.arena)) }
    return response
  }

  func createAddress(_ request: CreateAddressRequest, _ call: Call) async throws -> CreateAddressResponse {
    var check = RequestCheck()
    let address = PostalAddress(request.address ?? Address(in: call.arena), &check)
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await once(request, requestID, call) { book in
      let response = CreateAddressResponse(in: call.arena)
      response.address = try await book.find(try await book.add(address))
      return response
    }
  }

  func updateAddress(_ request: UpdateAddressRequest, _ call: Call) async throws -> UpdateAddressResponse {
    var check = RequestCheck()
    let given = request.address ?? Address(in: call.arena)
    let id = check.id(given.id, "address.id")
    let state = check.etag(given.etag, "address.etag")
    let address = PostalAddress(given, &check)
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await once(request, requestID, call) { book in
      try await book.replace(id, by: address, in: state)
      let response = UpdateAddressResponse(in: call.arena)
      response.address = try await book.find(id)
      return response
    }
  }

  func deleteAddress(_ request: DeleteAddressRequest, _ call: Call) async throws -> DeleteAddressResponse {
    var check = RequestCheck()
    let id = check.id(request.addressID, "address_id")
    let state = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await once(request, requestID, call) { book in
      try await book.remove(id, in: state)
      return DeleteAddressResponse(in: call.arena)
    }
  }

  /// Responses hold personal data, so they are stored sealed.
  private func once<Request: Message, Response: Message>(
    _ request: Request, _ id: ID, _ call: Call, _ body: (AddressBook) async throws -> Response
  ) async throws -> Response {
    let (user, _) = try call.userSession
    return try await context.work(request, id: id, call, answer: .sealed) { work in
      _ = try await Account.lock(user, work)
      let book = AddressBook(
        work: work, user: user, vault: context.vault, arena: call.arena, now: .now)
      return try await body(book)
    }
  }
}
