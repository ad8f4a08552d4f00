internal import Platform

/// What tenders pay of the totals of sellers.
struct TenderPayments: Sendable {
  /// What each tender pays that pays something.
  private(set) var payments: [TenderPayment] = []
  /// Of each of these, the shares of the sellers.
  private(set) var shares: [[Int64]] = []
  /// What is left to pay of each seller's total.
  private(set) var due: [Int64]

  /// Pays by tenders in their order. Each is shared out by what those before it left.
  init(_ tenders: [Tender], of totals: [Int64]) {
    due = totals
    for tender in tenders {
      let amount = min(tender.available.minorUnits, due.reduce(0, +))
      guard amount > 0 else { continue }
      let shared = LargestRemainders.shares(of: amount, by: due)
      payments.append(TenderPayment(tender: tender.id, amount: amount))
      shares.append(shared)
      due = zip(due, shared).map(-)
    }
  }
}
