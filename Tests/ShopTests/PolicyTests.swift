import CatalogAPI
import FastShopAPI
import InventoryAPI
import Protobuf
import RPC
import Testing

@testable import Platform

/// A service whose methods lead nowhere.
struct UnboundService: RPCService {
  let serviceDescriptor: ServiceDescriptor
  var methods: [RPC.Method] {
    serviceDescriptor.methods.map { RPC.Method(path: $0.path, kind: $0.kind) { _ in } }
  }
}

@Suite struct PolicyTests {
  @Test("every method of the API has a policy that can be meant", arguments: fastshopAPIServices.map(\.fullName))
  func everyMethodHasOne(name: String) throws {
    let service = try #require(fastshopAPIServices.first { $0.fullName == name })
    #expect(try DeclaredPolicies(service).all.map(\.method.path) == service.methods.map(\.path))
  }

  @Test("a server does not start with a method that has no policy")
  func noPolicyNoServer() throws {
    let method = ServiceDescriptor.Method(
      name: "Get", path: "/a.v1.A/Get", kind: .unary, input: GetProductRequest.self, output: GetProductResponse.self)
    let service = ServiceDescriptor(
      fullName: "a.v1.A", file: try #require(fastshopAPIFiles.first), methods: [method])
    #expect(throws: PolicyError.missing(method: "/a.v1.A/Get")) {
      _ = try PolicyTable(services: [UnboundService(serviceDescriptor: service)])
    }
  }

  @Test("what the .proto file says is what is enforced")
  func whatIsSaidIsEnforced() throws {
    let methods = ["GetStock", "AdjustStock", "WatchInventory"]
    let policies = try DeclaredPolicies(inventoryServiceDescriptor).all.filter { methods.contains($0.method.name) }
      .map(\.policy)
    #expect(
      policies == [
        MethodPolicy(
          access: .everybody, limiterClass: .browse, isSideEffectFree: true, requestBytesMax: 65_536,
          deadline: .seconds(15), errors: ["RESOURCE_NOT_FOUND"]),
        MethodPolicy(
          access: .permitted(.inventoryWrite), scope: .inventoryWrite, requiresRequestID: true,
          requestBytesMax: 40_960, deadline: .seconds(30),
          errors: ["STOCK_TOO_LOW", "STOCK_TOO_HIGH", "RESOURCE_NOT_FOUND", "ETAG_MISMATCH"]),
        MethodPolicy(
          access: .everybody, limiterClass: .stream, isSideEffectFree: true, requestBytesMax: 65_536,
          errors: ["RESOURCE_NOT_FOUND", "CURSOR_TOO_OLD", "CURSOR_OF_ANOTHER_LOG"]),
      ])
  }

  private static let unary = method(.unary, AdjustStockRequest.self)
  private static let plain = method(.unary, GetProductRequest.self)

  private static func method(_ kind: MethodKind, _ input: any Message.Type) -> ServiceDescriptor.Method {
    .init(name: "A", path: "/a.v1.A/A", kind: kind, input: input, output: GetProductResponse.self)
  }

  private static let contradictions: [(MethodPolicy, ServiceDescriptor.Method, String)] = [
    (MethodPolicy(access: .everybody, requestBytesMax: 5_000_000), plain, "takes requests of 5000000 bytes"),
    (MethodPolicy(access: .everybody, deadline: .seconds(601)), plain, "more than 600 seconds"),
    (
      MethodPolicy(access: .everybody, deadline: .seconds(1)), method(.serverStreaming, GetProductRequest.self),
      "a stream has no default deadline"
    ),
    (MethodPolicy(access: .signedIn, requiresRequestID: true), plain, "which its request lacks"),
    (MethodPolicy(access: .signedIn), unary, "that it does not require"),
    (MethodPolicy(access: .signedIn, requiresRequestID: true, isSideEffectFree: true), unary, "but changes nothing"),
    (
      MethodPolicy(access: .signedIn, requiresRequestID: true), method(.bidirectional, AdjustStockRequest.self),
      "a stream both ways has no request_id"
    ),
    (MethodPolicy(access: .everybody, scope: .catalogRead), plain, "it names a scope, but everybody may call"),
    (
      MethodPolicy(access: .everybody, isAdministrative: true, isSideEffectFree: true), plain,
      "it is administrative, but everybody may call"
    ),
    (MethodPolicy(access: .signedIn, isAdministrative: true), plain, "or require a request_id"),
    (MethodPolicy(access: .signedIn, cost: 1_001), plain, "more than 1000"),
  ]

  @Test("a policy that cannot be meant is refused", arguments: contradictions.indices)
  func refused(index: Int) {
    let (policy, method, sentence) = Self.contradictions[index]
    let error = #expect(throws: PolicyError.self) { try PolicyRules.check(policy, of: method) }
    #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
  }

  @Test("permissions have names that lead back to them")
  func names() {
    #expect(Permission.inventoryWrite.name == "inventory.write")
    for permission in Permission.allCases {
      #expect(Permission(name: permission.name) == permission)
      #expect(permission.name.wholeMatch(of: #/[a-z]+\.[a-z]+/#) != nil, "\(permission.name)")
    }
    #expect(Permission(name: "inventory") == nil)
    #expect(Permission(name: "") == nil)
    #expect(PermissionSet(names: ["catalog.read", "no.such"]) == nil)
    #expect(PermissionSet(names: Role.seller.permissions.names) == Role.seller.permissions)
  }

  private static let decisions: [(String, MethodPolicy.Access, Permission?, Caller, AccessRefusal?)] = [
    ("a guest, of what is public", .everybody, nil, .anonymous, nil),
    ("a guest, of one's own", .signedIn, .accountOwn, .anonymous, .noCredentials),
    ("a user, of one's own", .signedIn, .accountOwn, Caller(kind: .user, id: nil), nil),
    ("a user without the permission", .permitted(.auditRead), nil, user([.usersRead]), .permissionMissing(.auditRead)),
    ("a user with it", .permitted(.auditRead), nil, user([.auditRead]), nil),
    ("a key, of what is for people", .signedIn, nil, key(.all, .all), .notForPrograms),
    ("a key without the scope", .signedIn, .accountOwn, key(.all, []), .scopeMissing(.accountOwn)),
    ("a key with the scope", .signedIn, .accountOwn, key([.accountOwn], [.accountOwn]), nil),
    (
      "a key with the scope, whose owner may do nothing", .signedIn, .accountOwn, key([], [.accountOwn]),
      .permissionMissing(.accountOwn)
    ),
    (
      "a key with the scope, whose owner lost the permission", .permitted(.auditRead), .auditRead,
      key([], [.auditRead]), .permissionMissing(.auditRead)
    ),
    ("a key with both", .permitted(.auditRead), .auditRead, key([.auditRead], [.auditRead]), nil),
    (
      "a key for a shop, of what is the platform's", .permitted(.auditRead), .auditRead,
      Caller(kind: .service, id: nil, role: .admin, scopes: .all, sellerID: ID.none), .permissionMissing(.auditRead)
    ),
    (
      "a key with the scope alone, where the permission is another", .permitted(.auditRead), .usersRead,
      key([.auditRead, .usersRead], [.usersRead]), .scopeMissing(.auditRead)
    ),
    (
      "staff without the second factor that their role needs", .permitted(.auditRead), nil,
      Caller(kind: .user, id: nil, permissions: [], withheld: .of(.auditRead)), .secondFactorMissing(.auditRead)
    ),
    (
      "the same staff, of what their role never may", .permitted(.auditRead), nil,
      Caller(kind: .user, id: nil, permissions: [], withheld: .of(.usersRead)), .permissionMissing(.auditRead)
    ),
  ]

  private static func user(_ permissions: [Permission]) -> Caller {
    Caller(kind: .user, id: nil, permissions: PermissionSet(permissions))
  }

  private static func key(_ permissions: PermissionSet, _ scopes: PermissionSet) -> Caller {
    Caller(kind: .service, id: nil, permissions: permissions, scopes: scopes)
  }

  private static func key(_ permissions: [Permission], _ scopes: [Permission]) -> Caller {
    key(PermissionSet(permissions), PermissionSet(scopes))
  }

  @Test("who may call", arguments: decisions.indices)
  func decided(index: Int) {
    let (name, access, scope, caller, expected) = Self.decisions[index]
    #expect(MethodPolicy(access: access, scope: scope).refusal(of: caller) == expected, "\(name)")
  }

  @Test("sellers reach their own shop, staff reach all, and a seller without a shop reaches nothing")
  func reach() {
    let shop = ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18")
    #expect(TestCaller.seller.caller(seller: shop).sellers == shop.map { .only($0) })
    #expect(TestCaller.sellerWithoutShop.caller(seller: nil).sellers == SellerAccess.none)
    #expect(Caller.anonymous.sellers == SellerAccess.none)
    for caller in TestCaller.ofEveryShop {
      #expect(caller.caller(seller: shop).sellers == .every, "\(caller)")
    }
    for caller in TestCaller.ofFirstShop {
      #expect(caller.caller(seller: shop).sellers == shop.map { .only($0) }, "\(caller)")
    }
    for caller in TestCaller.ofNoShop {
      #expect(caller.caller(seller: shop).sellers == SellerAccess.none, "\(caller)")
    }
  }

  @Test("a program may do what its owner may and its scopes name, and for a shop only what concerns one")
  func permissionsOfPrograms() {
    let everything = TestCaller.keyForShop.caller(seller: ID.none)
    #expect(everything.permissions == .ofShops)
    let unbound = Caller(kind: .certificate, id: nil, role: .support, scopes: .of(.usersRead, .auditRead))
    #expect(unbound.permissions == .of(.usersRead))
    #expect(!PermissionSet.ofShops.contains(.sellersAny))
    #expect(Role.seller.permissions.subtracting(.ofShops) == .of(.accountOwn, .shopBuy, .keysManage, .teamManage))
  }
}
