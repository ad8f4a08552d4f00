internal import Platform
internal import Postgres
internal import Protobuf

/// A page of the programs that a caller looks after, the newest first.
struct ClientCredentialList {
  /// Which of the two.
  enum Kind: String {
    case keys, certificates
  }

  let page: PageRequest
  private let kind: Kind
  private let caller: Caller

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(size: Int32, token: Text, of kind: Kind, for caller: Caller, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    page = check.page(size, token, signedBy: signer)
    try check.verify()
    self.kind = kind
    self.caller = caller
  }

  /// In the order of an index for each: of all, and of a shop's.
  var query: Query {
    let (columns, table): (Query, Query) =
      switch kind {
      case .keys: (ClientCredentialStore.keyColumns, "identity.api_key k")
      case .certificates: (ClientCredentialStore.certificateColumns, "identity.certificate c")
      }
    let alias: Query = kind == .keys ? "k" : "c"
    return """
      SELECT \(columns)
        FROM \(table)
       WHERE \(alias).revoked_at IS NULL\(ClientCredentialStore.reach(caller, "\(alias).seller_id"))\
      \(page.after.map { " AND \(alias).id < \($0.id)" as Query } ?? "")
       ORDER BY \(alias).id DESC
       LIMIT \(page.limit)
      """
  }
}
