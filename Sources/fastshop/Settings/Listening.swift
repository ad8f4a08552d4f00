import RPC

/// Whether to listen, and where.
enum Listening: Equatable, Sendable {
  case off
  case on(ListenAddress)

  init?(_ text: String) {
    if text == "off" {
      self = .off
    } else if let address = ListenAddress(text) {
      self = .on(address)
    } else {
      return nil
    }
  }

  var address: ListenAddress? {
    if case .on(let address) = self { address } else { nil }
  }
}
