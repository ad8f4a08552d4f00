internal import Platform

/// The token in a mail to a guest: it names the subscription, and only who reads the mail has it.
enum BackInStockToken {
  private static let kind: UInt8 = 0x42
  private static let idBytes = 16
  private static let purpose = "inventory.back_in_stock"

  /// The token of a subscription.
  static func text(of subscription: ID, _ vault: Vault) -> String {
    var writer = TokenWriter(kind: kind)
    writer.id(subscription)
    return writer.text(signedBy: vault.tokenSigner(for: purpose))
  }

  /// The subscription of a token; nil when it is not one of ours.
  static func subscription(of text: String, _ vault: Vault) -> ID? {
    let signer = vault.tokenSigner(for: purpose)
    guard var reader = TokenReader(text, kind: kind, bytesMax: idBytes, signedBy: signer), let id = reader.id(),
      reader.isAtEnd
    else { return nil }
    return id
  }
}
