package import Platform

/// Amounts that move between accounts at once. Its entries sum to 0 in each currency, because each move gives to one
/// account what it takes from another.
package struct Posting: Sendable {
  /// Its id.
  package let id: ID
  /// Why: `gift_card_issued`, `order_paid`.
  package let reason: String
  /// What it is about: an order, a payment.
  package let subject: ID?
  private var amounts: [LedgerAccount: Int64] = [:]

  /// A posting without moves, for a reason: 1 to 63 lower-case letters and underscores.
  package init(_ id: ID, _ reason: String, about subject: ID? = nil) {
    self.id = id
    self.reason = reason
    self.subject = subject
  }

  /// Moves an amount above 0 from an account to another one.
  package mutating func move(
    _ amount: Money, from source: LedgerAccount, to destination: LedgerAccount
  ) throws(LedgerError) {
    guard amount.minorUnits > 0 else { throw .amountNotPositive }
    guard source.currency == amount.currency, destination.currency == amount.currency else {
      throw .differentCurrencies
    }
    try add(-amount.minorUnits, to: source)
    try add(amount.minorUnits, to: destination)
  }

  private mutating func add(_ amount: Int64, to account: LedgerAccount) throws(LedgerError) {
    let (sum, isTooLarge) = amounts[account, default: 0].addingReportingOverflow(amount)
    guard !isTooLarge else { throw .overflow }
    amounts[account] = sum
  }

  /// What each account gets, or gives if it is negative: those whose moves sum to 0 have no entry.
  var entries: [(account: LedgerAccount, amount: Int64)] {
    amounts.filter { $0.value != 0 }.map { ($0.key, $0.value) }.sorted { $0.account.order < $1.account.order }
  }
}
