package import Identity
package import Platform

/// Who takes a coupon, as the limits per buyer know them.
package struct CouponBuyer: Hashable, Sendable {
  /// A user, or what stands for the e-mail address of a guest.
  let id: ID
  let isGuest: Bool

  /// A user.
  package static func user(_ id: ID) -> CouponBuyer { CouponBuyer(id: id, isGuest: false) }

  /// A guest, by the e-mail address, of which only a keyed hash is kept.
  package static func guest(_ email: EmailAddress, _ vault: Vault) -> CouponBuyer {
    let hash = vault.index(of: email.key, table: "promotions.coupon_use", column: "buyer_id")
    var digits = ""
    for (place, byte) in hash.prefix(16).enumerated() {
      if [4, 6, 8, 10].contains(place) { digits += "-" }
      digits += byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
    }
    return CouponBuyer(id: ID(digits) ?? .none, isGuest: true)
  }
}

extension ContentionKey {
  /// The counter of a coupon that has a limit: works that take or give back uses of it.
  package static func coupon(_ id: ID) -> ContentionKey { ContentionKey("promotions.coupon", id) }
}
