package import Platform
package import Protobuf
package import SellersAPI

extension Shop: LocalizedMessage {
  private static let noteCharactersMax = 500

  /// The id of its seller.
  package var resourceID: Text { sellerID }

  /// Replaces its description and the note about its holiday; its name stays.
  package func rewriteTexts(_ rewrite: (TranslatableText, Text) -> Text) {
    description = rewrite(.note("description", of: sellerID, upTo: StoredShop.descriptionCharactersMax), description)
    guard let holiday else { return }
    holiday.note = rewrite(.note("holiday.note", of: sellerID, upTo: Self.noteCharactersMax), holiday.note)
  }
}
