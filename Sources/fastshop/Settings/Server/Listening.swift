import RPC

/// Where to listen: nowhere, or at one or several addresses.
struct Listening: Equatable, Sendable {
  /// More addresses than this cannot be meant.
  static let addressesMax = 64

  let addresses: [ListenAddress]

  /// Parses "off", or addresses with commas between them.
  init?(_ text: String) {
    if text == "off" {
      addresses = []
      return
    }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let parsed = parts.compactMap { ListenAddress(String($0)) }
    guard parsed.count == parts.count, parsed.count <= Self.addressesMax else { return nil }
    addresses = parsed
  }
}
