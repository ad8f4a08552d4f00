/// What a subscriber must not hear of: events that concern something, but for those of the shops that the subscriber
/// reaches.
package struct EventVisibility: Sendable {
  private let subject: ID
  private let sellers: SellerAccess

  /// Events that concern `subject` are only for those who reach one of the shops that they concern.
  package init(of subject: ID, sellers: SellerAccess) {
    self.subject = subject
    self.sellers = sellers
  }

  /// Whether the subscriber does not hear of the event.
  package func hides(_ header: EventHeader) -> Bool {
    guard header.subjects.contains(subject) else { return false }
    switch sellers {
    case .every: return false
    case .only(let seller): return !header.subjects.contains(seller)
    case .none: return true
    }
  }
}
