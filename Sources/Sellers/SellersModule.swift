package import Identity
package import Platform
package import RPC

/// The sellers: their applications, their shops and the teams that run them.
package struct SellersModule: ShopModule {
  package static let sealedColumns = [SealedTrader.column, SealedDocument.column]

  private let vault: Vault
  private let mailer: any AccountMailer
  private let localization: Localization
  private let uploads: UploadStorage

  /// A module that seals by `vault`, invites people by `mailer`, and stores documents in `uploads`.
  package init(vault: Vault, mailer: any AccountMailer, localization: Localization, uploads: UploadStorage) {
    self.vault = vault
    self.mailer = mailer
    self.localization = localization
    self.uploads = uploads
  }

  package var jobKinds: [any JobKind] { [HolidayBoundary(), ProductRenewal()] }
  package var chores: [Chore] { [DocumentUpkeep(uploads: uploads).chore] }

  package func services(_ hub: EventHub) -> [any RPCService] {
    [
      SellerHandlers(vault: vault, mailer: mailer, localization: localization, uploads: uploads),
      SellerAdminHandlers(vault: vault, uploads: uploads),
    ]
  }
}
