import RPC

/// What the fields of a method's requests may hold, said once more than in the .proto file.
struct InputRow: Sendable {
  /// A request that is wrong as a whole.
  struct Case: Sendable {
    let what: String
    /// `ID` stands for a new UUID.
    let json: String
    /// What the answer names.
    let field: String
  }

  /// `package.Service/Method`.
  let method: String
  /// By the fields' paths; those that ``InputRule/usual(for:)`` knows may be left out.
  let rules: [String: InputRule]
  /// A request that is good, where the method's row of ``AccessRow`` has none that has every field.
  let sample: (@Sendable (AccessResources) async throws -> String)?
  let cases: [Case]

  init(
    _ method: String, _ rules: [String: InputRule] = [:],
    sample: (@Sendable (AccessResources) async throws -> String)? = nil, _ cases: Case...
  ) {
    self.method = method
    self.rules = rules
    self.sample = sample
    self.cases = cases
  }

  /// Every method with fields has its row, unless each field is a usual one. A module adds a file of rows, and its
  /// name here.
  static let all: [InputRow] =
    audit + catalog + categories + collections + productTypes + products + media + digitalGoods + prices + translations
    + channels + productPages + inventory + stock + security + shops + accounts + signIn + externalSignIn
    + secondFactors + users + roles + invitations + programs + coupons + taxes + standardServices

  /// The row of the method at `path`.
  static func row(of path: String) -> InputRow? { all.first { "/\($0.method)" == path } }
}
