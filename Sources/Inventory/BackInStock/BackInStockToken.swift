internal import Platform

/// The token in a mail to a guest: it names the wish, and only who reads the mail has it.
enum BackInStockToken {
  private static let kind: UInt8 = 0x42
  private static let idBytes = 16
  private static let purpose = "inventory.back_in_stock"

  /// The token of a wish.
  static func text(of wish: ID, _ vault: Vault) -> String {
    var writer = TokenWriter(kind: kind)
    writer.id(wish)
    return writer.text(signedBy: vault.tokenSigner(for: purpose))
  }

  /// The wish of a token; nil when it is not one of ours.
  static func wish(of text: String, _ vault: Vault) -> ID? {
    let signer = vault.tokenSigner(for: purpose)
    guard var reader = TokenReader(text, kind: kind, bytesMax: idBytes, signedBy: signer), let wish = reader.id(),
      reader.isAtEnd
    else { return nil }
    return wish
  }
}
