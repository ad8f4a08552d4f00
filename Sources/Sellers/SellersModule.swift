package import Identity
package import Platform
package import RPC

/// The sellers: their applications, their shops and the teams that run them.
package struct SellersModule: ShopModule {
  package static let sealedColumns = [SealedTrader.column]

  private let vault: Vault
  private let mailer: any AccountMailer
  private let localization: Localization

  /// A module that seals by `vault`, and invites people by `mailer`.
  package init(vault: Vault, mailer: any AccountMailer, localization: Localization) {
    self.vault = vault
    self.mailer = mailer
    self.localization = localization
  }

  package var jobKinds: [any JobKind] { [HolidayBoundary(), ProductRenewal()] }

  package func services(_ hub: EventHub) -> [any RPCService] {
    [
      SellerHandlers(vault: vault, mailer: mailer, localization: localization), SellerAdminHandlers(vault: vault),
    ]
  }
}
