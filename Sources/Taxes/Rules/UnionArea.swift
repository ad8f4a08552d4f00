/// The area of the value added tax of the European Union.
enum UnionArea {
  /// The member states.
  static let members: Set<String> = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
  ]
  /// Goods in Northern Ireland are taxed as in a member state.
  private static let northernIreland = (country: "GB", postalCode: "BT")

  /// Whether goods that are sent there stay in the area.
  static func contains(_ destination: TaxedDestination) -> Bool {
    members.contains(destination.country)
      || destination.country == northernIreland.country
        && PlainPostalCode.of(destination.postalCode).hasPrefix(northernIreland.postalCode)
  }
}

/// The number that a buyer gave.
enum EnteredBuyerNumber: Equatable {
  case none
  case faulty(TaxNumber.Fault, plain: String)
  case good(TaxNumber)

  init(_ typed: String?) {
    guard let typed, !typed.isEmpty else {
      self = .none
      return
    }
    do throws(TaxNumber.Fault) {
      self = .good(try TaxNumber(typed))
    } catch {
      self = .faulty(error, plain: TaxNumber.plain(typed))
    }
  }

  /// As rows have it; nil without one.
  var plain: String? {
    switch self {
    case .none: nil
    case .faulty(_, let plain): plain.isEmpty ? nil : plain
    case .good(let number): number.text
    }
  }
}
