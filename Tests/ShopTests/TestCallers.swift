import Platform
import RPC

/// Who calls in a test: one of each kind that access depends on.
enum TestCaller: String, CaseIterable {
  case guest, customer
  /// Runs a shop, as its key does.
  case seller, sellersKey
  /// Runs another shop.
  case otherSeller
  /// Has the role, but no shop yet.
  case sellerWithoutShop
  case support, manager, admin
  /// An admin's keys, made for everything or for nothing, and a certificate that is for everything.
  case key, keyWithoutScopes, certificate
  /// Has a role that somebody made, of no permission at all.
  case powerless
  /// What is sent is not good.
  case forged, expired, ended

  static let bad: Set<TestCaller> = [.forged, .expired, .ended]
  static let programs: Set<TestCaller> = [.sellersKey, .key, .keyWithoutScopes, .certificate]
  static let everybody = Set(allCases).subtracting(bad)

  /// The caller, who runs the shop of `seller` if any.
  func caller(seller: ID?) -> Caller {
    switch self {
    case .guest, .forged, .expired, .ended: .anonymous
    case .customer: Caller(kind: .user, id: Self.id, role: .customer)
    case .seller: Caller(kind: .user, id: Self.id, role: .seller, sellerID: seller)
    case .sellersKey: Caller(kind: .service, id: Self.id, role: .seller, scopes: .all, sellerID: seller)
    case .otherSeller: Caller(kind: .user, id: Self.id, role: .seller, sellerID: Self.id)
    case .sellerWithoutShop: Caller(kind: .user, id: Self.id, role: .seller)
    case .support: Caller(kind: .user, id: Self.id, role: .support)
    case .manager: Caller(kind: .user, id: Self.id, role: .manager)
    case .admin: Caller(kind: .user, id: Self.id, role: .admin, secondFactor: true)
    case .key: Caller(kind: .service, id: Self.id, role: .admin, scopes: .all)
    case .keyWithoutScopes: Caller(kind: .service, id: Self.id, role: .admin)
    case .certificate: Caller(kind: .certificate, id: Self.id, role: .admin, scopes: .all)
    case .powerless: Caller(kind: .user, id: Self.id)
    }
  }

  private static let id = ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18")
}

/// The callers' names stand in the calls' metadata: what tokens are is tested elsewhere. Who gives none is the admin.
struct TestAuthenticator: Authenticator {
  static let caller = "x-test-caller"
  static let seller = "x-test-seller"

  func authenticate(_ call: Call) throws(AuthenticationError) -> Caller {
    guard let name = call.metadata[Self.caller] else { return TestCaller.admin.caller(seller: nil) }
    switch TestCaller(rawValue: name) {
    case .forged, nil: throw .invalid(reason: "a test's")
    case .expired: throw .expired
    case .ended: throw .ended
    case let caller?: return caller.caller(seller: call.metadata[Self.seller].flatMap { ID($0) })
    }
  }
}
