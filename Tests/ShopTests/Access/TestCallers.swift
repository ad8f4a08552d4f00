import Platform
import RPC

/// Who calls in a test: one of each kind that access depends on.
enum TestCaller: String, CaseIterable {
  case guest, customer
  /// Runs the first shop, and what it may make for that shop.
  case seller, sellersKey, sellersCertificate
  /// A seller's certificate that is bound to no shop, as nobody can make one today.
  case sellersUnboundCertificate
  /// Runs the second shop.
  case otherSeller
  /// Has the role, but no shop yet.
  case sellerWithoutShop
  case support, manager, admin
  /// An admin's key and certificate, made for everything.
  case key, certificate
  /// An admin's key and certificate, made for everything and bound to the first shop.
  case keyForShop, certificateForShop
  /// An admin's keys, made for everything but the things of every shop, and for nothing.
  case keyWithoutAny, keyWithoutScopes
  /// Has a role that somebody made, of no permission at all.
  case powerless
  /// What is sent is not good.
  case forged, expired, ended

  static let bad: Set<TestCaller> = [.forged, .expired, .ended]
  static let everybody = Set(allCases).subtracting(bad)
  static let programs: Set<TestCaller> = [
    .sellersKey, .sellersCertificate, .sellersUnboundCertificate, .key, .certificate, .keyForShop, .certificateForShop,
    .keyWithoutAny, .keyWithoutScopes,
  ]
  /// Those who have an account and are signed in.
  static let people = everybody.subtracting(programs).subtracting([.guest])
  /// Those of the first shop, of the second one, of every one, and those who should have one but do not.
  static let ofFirstShop: Set<TestCaller> = [
    .seller, .sellersKey, .sellersCertificate, .keyForShop, .certificateForShop,
  ]
  static let ofSecondShop: Set<TestCaller> = [.otherSeller]
  static let ofEveryShop: Set<TestCaller> = [.support, .manager, .admin, .key, .certificate]
  static let ofNoShop: Set<TestCaller> = [.sellerWithoutShop, .sellersUnboundCertificate, .keyWithoutAny]

  /// The name of the account's role, or of that of the program's owner.
  var roleName: String {
    switch self {
    case .seller, .sellersKey, .sellersCertificate, .sellersUnboundCertificate, .otherSeller, .sellerWithoutShop:
      Role.seller.rawValue
    case .support: Role.support.rawValue
    case .manager: Role.manager.rawValue
    case .admin, .key, .certificate, .keyForShop, .certificateForShop, .keyWithoutAny, .keyWithoutScopes:
      Role.admin.rawValue
    case .guest, .customer, .forged, .expired, .ended: Role.customer.rawValue
    case .powerless: "powerless"
    }
  }

  private var scopes: PermissionSet {
    switch self {
    case .keyWithoutAny: .all.subtracting(.of(.sellersAny))
    case .keyWithoutScopes: []
    default: .all
    }
  }

  private var kind: Caller.Kind {
    switch self {
    case .sellersCertificate, .sellersUnboundCertificate, .certificate, .certificateForShop: .certificate
    default: Self.programs.contains(self) ? .service : .user
    }
  }

  /// The caller. `seller` is the shop of those who have one.
  func caller(seller: ID?, id: ID? = usualID, session: ID? = nil) -> Caller {
    if self == .guest || Self.bad.contains(self) { return .anonymous }
    let hasShop = Self.ofFirstShop.union(Self.ofSecondShop).contains(self)
    let shop = self == .otherSeller && id == Self.usualID ? Self.usualID : seller
    return Caller(
      kind: kind, id: id, sessionID: kind == .user ? session : nil, role: Role(rawValue: roleName),
      scopes: kind == .user ? [] : scopes, sellerID: hasShop ? shop : nil, secondFactor: self == .admin)
  }

  private static let usualID = ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18")
}

/// The callers' names stand in the calls' metadata, with their shop, account and session: what tokens are is tested
/// elsewhere. Who gives no name is the admin.
struct TestAuthenticator: Authenticator {
  static let caller = "x-test-caller"
  static let seller = "x-test-seller"
  static let account = "x-test-account"
  static let session = "x-test-session"

  func authenticate(_ call: Call) throws(AuthenticationError) -> Caller {
    guard let name = call.metadata[Self.caller] else { return TestCaller.admin.caller(seller: nil) }
    func id(_ name: String) -> ID? { call.metadata[name].flatMap { ID($0) } }
    switch TestCaller(rawValue: name) {
    case .forged, nil: throw .invalid(reason: "a test's")
    case .expired: throw .expired
    case .ended: throw .ended
    case let caller?:
      guard let account = id(Self.account) else { return caller.caller(seller: id(Self.seller)) }
      return caller.caller(seller: id(Self.seller), id: account, session: id(Self.session))
    }
  }
}
