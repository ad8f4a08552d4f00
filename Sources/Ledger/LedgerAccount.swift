package import Platform

/// An account of money: of a kind, an owner and a currency. It is opened by the first posting that names it.
package struct LedgerAccount: Hashable, Sendable {
  /// What it is for.
  package let kind: Kind
  /// Whose it is: a gift card, a user, a seller. Nil for the platform's own.
  package let owner: ID?
  /// The currency of its entries.
  package let currency: Currency

  /// An account.
  package init(_ kind: Kind, of owner: ID? = nil, in currency: Currency) {
    self.kind = kind
    self.owner = owner
    self.currency = currency
  }

  /// What accounts are for.
  package struct Kind: Hashable, Sendable {
    /// Its name, as the database writes it: 1 to 63 lower-case letters and underscores.
    package let name: String
    /// What the balance of its accounts never goes below, in minor units. Nil if it may have any: such accounts take
    /// part in many postings at the same time, while those with a floor take part in one after another.
    package let floor: Int64?

    /// A kind.
    package init(_ name: String, floor: Int64? = nil) {
      self.name = name
      self.floor = floor
    }

    /// The kind of the accounts that have what is held of accounts of this kind.
    var held: Kind { Kind(name + "_held", floor: 0) }
  }
}

extension LedgerAccount {
  /// The order in which a posting opens accounts, so that two postings do not wait for one another.
  var order: (String, ID, String) { (kind.name, owner ?? .none, currency.code) }
}
