/// What a subscriber must not hear of: events that concern something, but for those of the shops that the subscriber
/// reaches.
package struct EventVeil: Sendable {
  private let subject: ID
  private let reach: SellerReach

  /// Events that concern `subject` are only for those who reach one of the shops that they concern.
  package init(over subject: ID, reach: SellerReach) {
    self.subject = subject
    self.reach = reach
  }

  /// Whether the subscriber does not hear of the event.
  package func hides(_ mark: EventMark) -> Bool {
    guard mark.subjects.contains(subject) else { return false }
    switch reach {
    case .every: return false
    case .only(let seller): return !mark.subjects.contains(seller)
    case .none: return true
    }
  }
}
