internal import Platform
internal import Postgres
internal import Protobuf

/// The name, the scopes and the shop of a new API key or certificate.
struct NewClientCredential {
  private static let scopesMax = 100

  let name: String
  let scopes: PermissionSet
  let sellerID: ID?

  init(
    name: Text, scopes: RepeatedField<Text>, sellerID: Text, for caller: Caller, _ check: inout RequestCheck
  ) throws {
    self.name = check.line(name, "name", isRequired: true)
    var permissions: [Permission] = []
    check.require(
      (1...Self.scopesMax).contains(scopes.count), "scopes", "Must have 1 to \(Self.scopesMax) permissions.")
    for (index, scope) in scopes.prefix(Self.scopesMax).enumerated() {
      if let permission = Permission(name: scope.string) {
        permissions.append(permission)
      } else {
        check.refuse("scopes[\(index)]", "Must be the name of a permission, such as inventory.write.")
      }
    }
    self.scopes = PermissionSet(permissions)
    // A seller creates credentials for their own shop only. A caller without a shop and without `sellers.any` creates
    // credentials for no shop.
    self.sellerID = check.optionalID(sellerID, "seller_id") ?? caller.sellerID
    try check.verify()
    if caller.isSellerWithoutShop { throw IdentityError.noShop }
    guard self.scopes.isSubset(of: caller.permissions) else { throw IdentityError.exceedsCallerPermissions }
    guard self.sellerID == caller.sellerID || caller.permissions.contains(.sellersAny) else {
      throw IdentityError.exceedsCallerPermissions
    }
    verifyReach(&check)
    try check.verify()
  }

  /// Refuses scopes that the credential could not use: they would fail later, without an explanation.
  private func verifyReach(_ check: inout RequestCheck) {
    if sellerID != nil {
      let others = scopes.subtracting(.ofShops).names
      check.require(
        others.isEmpty, "scopes",
        "Must concern a shop's data when seller_id is set, but \(others.first ?? "none") does not.")
    } else if !scopes.contains(.sellersAny) {
      check.require(
        scopes.isDisjoint(with: .ofShops), "scopes",
        "Must include sellers.any besides \(scopes.intersection(.ofShops).names.first ?? "them"), for the data of all"
          + " shops; or set seller_id, for the data of one.")
    }
  }
}
