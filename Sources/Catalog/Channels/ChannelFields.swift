internal import CatalogAPI
internal import Platform
internal import Protobuf

/// The fields of a channel that the platform writes.
struct ChannelFields {
  /// Those that can be changed.
  static let all = ["title", "storefront_url", "currency", "language", "is_active", "assortment"]
  private static let storefrontCharactersMax = 500
  private static let ports = 1...65_535

  let title: String
  let storefrontURL: String
  let currency: String
  let language: String
  let isActive: Bool
  /// As catalog.channel has it.
  let assortment: String

  /// Reads the field `channel` of a request, and notes everything that is wrong.
  /// - Parameter isWritten: whether the request writes a field.
  init(_ channel: SalesChannel, _ check: inout RequestCheck, isWritten: (String) -> Bool) {
    title = check.line(channel.title, "channel.title", isRequired: isWritten("title"))
    storefrontURL = channel.storefrontURL.string
    check.require(
      storefrontURL.isEmpty || Self.isStorefront(storefrontURL), "channel.storefront_url",
      """
      Must be an absolute URL of up to \(Self.storefrontCharactersMax) ASCII characters that begins with https://, \
      without credentials and fragment, or be empty.
      """)
    check.require(!isWritten("currency") || !channel.currency.isEmpty, "channel.currency", "Must be set.")
    currency = check.currency(channel.currency, "channel.currency")?.code ?? ""
    language = channel.language.isEmpty ? "" : check.language(channel.language, "channel.language").text
    isActive = channel.isActive
    assortment = Self.assortment(channel.assortment, &check)
  }

  private static func assortment(_ assortment: ChannelAssortment, _ check: inout RequestCheck) -> String {
    switch assortment {
    case .unspecified, .all: return "all"
    case .listed: return "listed"
    case .unrecognized(let number):
      check.refuse("channel.assortment", "Has no value \(number).")
      return "all"
    }
  }

  /// Whether a text is the address of a storefront: RFC 3986, without what no link should have.
  private static func isStorefront(_ text: String) -> Bool {
    guard text.utf8.count <= storefrontCharactersMax,
      let match = text.wholeMatch(
        of: #/https://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::([0-9]{1,5}))?(?:/[!"$-;=?-~]*)?/#
      )
    else { return false }
    guard let port = match.output.1 else { return true }
    return Int(port).map { ports.contains($0) } ?? false
  }
}
