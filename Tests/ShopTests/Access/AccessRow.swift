import RPC

/// Whose thing a request names.
enum AccessRelation: CaseIterable {
  /// The caller's own account's; a thing of the first shop, where things belong to shops.
  case own
  /// Another account's; a thing of the second shop.
  case others
  /// Nobody's: there is no such thing.
  case absent
}

/// How a request ends, for each caller that the method serves.
struct AccessOutcome {
  private let usual: StatusCode
  private var exceptions: [(callers: Set<TestCaller>, code: StatusCode)] = []

  private init(_ usual: StatusCode) { self.usual = usual }

  /// The same for everybody.
  static func all(_ code: StatusCode) -> AccessOutcome { AccessOutcome(code) }

  /// The same, but for some.
  func but(_ code: StatusCode, for callers: Set<TestCaller>) -> AccessOutcome {
    var other = self
    other.exceptions.append((callers, code))
    return other
  }

  func code(for caller: TestCaller) -> StatusCode {
    exceptions.last { $0.callers.contains(caller) }?.code ?? usual
  }

  /// A thing of the first shop, and of the second one: for those who do not reach the shop it is not there.
  static let inFirstShop = all(.notFound).but(.ok, for: TestCaller.ofFirstShop.union(TestCaller.ofEveryShop))
  static let inSecondShop = all(.notFound).but(.ok, for: TestCaller.ofSecondShop.union(TestCaller.ofEveryShop))
}

/// A request, and the names in it: what an answer repeats of them tells nobody anything.
struct AccessRequest {
  let json: String
  var names: [String] = []
}

/// One way to ask: which things a request names, and how it ends.
struct AccessCase {
  /// The request's fields that name the things, by their paths.
  let fields: [String]
  /// By relation; nil where there is no such relation.
  let outcomes: [AccessRelation: AccessOutcome]
  /// For lists: who sees what is their own, and who sees what is others'.
  let sees: (own: Set<TestCaller>, others: Set<TestCaller>)?
  /// Makes what the request needs, and the request.
  let request: @Sendable (AccessResources, AccessRelation) async throws -> AccessRequest

  /// A request that names no thing.
  static func plain(
    _ code: StatusCode, _ json: @escaping @Sendable (AccessResources) async throws -> String = { _ in "{}" }
  ) -> AccessCase {
    AccessCase(fields: [], outcomes: [.own: .all(code)], sees: nil) { things, _ in
      AccessRequest(json: try await json(things))
    }
  }

  /// A request that names one thing.
  static func one(
    _ fields: String..., own: AccessOutcome? = nil, others: AccessOutcome? = nil, absent: AccessOutcome? = nil,
    _ request: @escaping @Sendable (AccessResources, AccessRelation) async throws -> AccessRequest
  ) -> AccessCase {
    var outcomes: [AccessRelation: AccessOutcome] = [:]
    outcomes[.own] = own
    outcomes[.others] = others
    outcomes[.absent] = absent
    return AccessCase(fields: fields, outcomes: outcomes, sees: nil, request: request)
  }

  /// A request whose answer lists things: `request` makes one of the caller's own, one of others', and names them in
  /// this order. The request itself may name them, with some that do not exist.
  static func list(
    _ fields: String..., own: Set<TestCaller>, others: Set<TestCaller>,
    _ request: @escaping @Sendable (AccessResources) async throws -> AccessRequest
  ) -> AccessCase {
    AccessCase(fields: fields, outcomes: [.own: .all(.ok)], sees: (own, others)) { things, _ in
      try await request(things)
    }
  }
}

/// Who may call a method, and about what, said once more than in the .proto file: by a person who thought about it.
struct AccessRow {
  /// `package.Service/Method`.
  let method: String
  /// Whom the method serves; all others are refused, whatever they ask for.
  let callers: Set<TestCaller>
  /// Whether what is sent as credentials is not even looked at.
  let ignoresCredentials: Bool
  /// Fields of the request that look as if they named a thing, and do not.
  let plainFields: Set<String>
  let cases: [AccessCase]

  init(
    _ method: String, _ callers: Set<TestCaller>, ignoresCredentials: Bool = false, plainFields: Set<String> = [],
    _ cases: AccessCase...
  ) {
    self.method = method
    self.callers = callers
    self.ignoresCredentials = ignoresCredentials
    self.plainFields = plainFields
    self.cases = cases
  }

  init(_ method: String, _ callers: Set<TestCaller>, plainFields: Set<String> = [], cases: [AccessCase]) {
    self.init(method, callers, false, plainFields, cases)
  }

  /// Getting and renewing credentials: whatever is sent as such is not looked at.
  static func unseen(_ method: String, plainFields: Set<String> = [], _ cases: AccessCase...) -> AccessRow {
    AccessRow(method, TestCaller.everybody, true, plainFields, cases)
  }

  private init(
    _ method: String, _ callers: Set<TestCaller>, _ ignoresCredentials: Bool, _ plainFields: Set<String>,
    _ cases: [AccessCase]
  ) {
    self.method = method
    self.callers = callers
    self.ignoresCredentials = ignoresCredentials
    self.plainFields = plainFields
    self.cases = cases
  }

  /// Every method has its row. A module adds a file of rows, and its name here.
  static let all: [AccessRow] =
    audit + catalog + categories + collections + productTypes + products + media + digitalGoods + prices + translations
    + channels + productPages + inventory + stock + backInStock + security + shops + accounts + signIn + externalSignIn
    + secondFactors + users + roles + invitations + programs + sellerDocuments + coupons + taxes + standardServices

  /// The row of the method at `path`.
  static func row(of path: String) -> AccessRow? { all.first { "/\($0.method)" == path } }
}
