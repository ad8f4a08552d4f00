import RPC

/// What a call is about: somebody's thing, or one that there is not.
struct AccessSubject {
  let product: String
  let variant: String
  let category: String
  /// The seller whose it is.
  let seller: String
}

/// Who may call a method, said once more than in the .proto file: by a person who thought about it.
struct AccessRow {
  /// `package.Service/Method`; all methods of a service for `package.Service/*`.
  let method: String
  /// Whom the method serves; all others are refused.
  let callers: Set<TestCaller>
  /// Those whom it serves, but not about things of other people, which are for them as if they were not there. Nil for
  /// a method that is about nobody's things.
  let confined: Set<TestCaller>?
  /// The request, in JSON.
  let request: @Sendable (AccessSubject) -> String
  /// How calls end that are served.
  let ends: Set<StatusCode>
  /// Whether what is sent as credentials is not even looked at.
  let ignoresCredentials: Bool

  init(
    _ method: String, _ callers: Set<TestCaller>, confined: Set<TestCaller>? = nil, ends: Set<StatusCode> = [.ok],
    ignoresCredentials: Bool = false, request: @escaping @Sendable (AccessSubject) -> String = { _ in "{}" }
  ) {
    self.method = method
    self.callers = callers
    self.confined = confined
    self.request = request
    self.ends = ends
    self.ignoresCredentials = ignoresCredentials
  }

  private static let everybody = TestCaller.everybody
  private static let admins: Set<TestCaller> = [.admin, .key, .certificate]
  private static let sellers: Set<TestCaller> = [.seller, .sellersKey, .otherSeller, .sellerWithoutShop]

  /// People who are signed in, whatever they may do.
  private static let people = everybody.subtracting(TestCaller.programs).subtracting([.guest])

  /// Getting and renewing credentials: whatever is sent as such is not looked at.
  private static func open(_ method: String) -> AccessRow {
    AccessRow(
      "fastshop.identity.v1.AuthService/\(method)", everybody, ends: [.invalidArgument], ignoresCredentials: true)
  }

  /// One's own account. The people of the test have no session, and are told so.
  private static func own(_ method: String) -> AccessRow {
    AccessRow("fastshop.identity.v1.\(method)", people, ends: [.failedPrecondition, .invalidArgument])
  }

  /// Every method has its row, in the order of docs/api.md.
  static let all: [AccessRow] = [
    AccessRow("fastshop.audit.v1.AuditService/ListAuditEntries", admins),
    AccessRow("fastshop.catalog.v1.CatalogService/GetProduct", everybody) { "{\"id\": \"\($0.product)\"}" },
    AccessRow("fastshop.catalog.v1.CatalogService/ListProducts", everybody),
    AccessRow("fastshop.catalog.v1.CatalogService/ListCategories", everybody),
    own("AccountService/*"),
    open("RegisterUser"), open("VerifyEmail"), open("ResendVerification"), open("LogIn"), open("ConfirmLogIn"),
    open("RefreshToken"), own("AuthService/LogOut"), open("RequestPasswordReset"), open("ResetPassword"),
    own("AuthService/ChangePassword"),
    AccessRow(
      "fastshop.identity.v1.DeviceService/BeginDeviceLogIn", everybody, ends: [.invalidArgument],
      ignoresCredentials: true),
    AccessRow(
      "fastshop.identity.v1.DeviceService/PollDeviceLogIn", everybody, ends: [.invalidArgument],
      ignoresCredentials: true),
    own("DeviceService/*"),
    AccessRow(
      "fastshop.identity.v1.ExternalSignInService/ListIdentityProviders", everybody, ignoresCredentials: true),
    AccessRow(
      "fastshop.identity.v1.ExternalSignInService/StartExternalSignIn", everybody, ends: [.invalidArgument],
      ignoresCredentials: true),
    AccessRow(
      "fastshop.identity.v1.ExternalSignInService/FinishExternalSignIn", everybody, ends: [.invalidArgument],
      ignoresCredentials: true),
    own("ExternalSignInService/*"),
    own("SecondFactorService/*"),
    own("SessionService/*"),
    AccessRow(
      "fastshop.identity.v1.UserService/ListUsers", admins.union([.support, .manager]), ends: [.ok]),
    AccessRow(
      "fastshop.identity.v1.UserService/GetUser", admins.union([.support, .manager]), ends: [.invalidArgument]),
    AccessRow("fastshop.identity.v1.UserService/*", [.admin], ends: [.invalidArgument]),
    AccessRow("fastshop.identity.v1.RoleService/ListRoles", [.support, .manager, .admin]),
    AccessRow("fastshop.identity.v1.RoleService/*", [.admin], ends: [.invalidArgument]),
    AccessRow("fastshop.identity.v1.InvitationService/ListInvitations", [.admin]),
    AccessRow(
      "fastshop.identity.v1.InvitationService/AcceptInvitation", everybody, ends: [.invalidArgument],
      ignoresCredentials: true),
    AccessRow("fastshop.identity.v1.InvitationService/*", [.admin], ends: [.failedPrecondition, .invalidArgument]),
    AccessRow(
      "fastshop.identity.v1.ProgramService/*", [.admin], ends: [.ok, .failedPrecondition, .invalidArgument]),
    AccessRow("fastshop.inventory.v1.InventoryService/GetStock", everybody) { "{\"product_id\": \"\($0.product)\"}" },
    AccessRow(
      "fastshop.inventory.v1.InventoryService/AdjustStock", sellers.union(admins).union([.manager]), confined: sellers
    ) {
      """
      {"variant_id": "\($0.variant)", "delta": 1, "reason": "STOCK_REASON_COUNTED", "request_id": "\(TestID.next())"}
      """
    },
    AccessRow("fastshop.inventory.v1.InventoryService/WatchInventory", everybody) {
      "{\"product_id\": \"\($0.product)\"}"
    },
    AccessRow("fastshop.security.v1.SecurityService/ListSecurityEvents", admins),
    AccessRow("fastshop.security.v1.SecurityService/WatchSecurityEvents", admins),
    AccessRow("grpc.health.v1.Health/*", everybody, ends: [.ok, .notFound], ignoresCredentials: true),
    AccessRow("grpc.reflection.v1.ServerReflection/*", everybody, ignoresCredentials: true),
    AccessRow("grpc.reflection.v1alpha.ServerReflection/*", everybody, ignoresCredentials: true),
    AccessRow("grpc.channelz.v1.Channelz/*", admins, ends: [.ok, .notFound]),
  ]

  /// The row of the method at `path`.
  static func row(of path: String) -> AccessRow? {
    let name = String(path.dropFirst())
    let service = name.prefix { $0 != "/" } + "/*"
    return all.first { $0.method == name || $0.method == service }
  }
}
