/// Hides events from a subscriber: those that concern a certain subject, unless they concern a shop that the subscriber
/// may access. Of other events, the subscriber gets all if it may access a shop that they concern, and else the part
/// that everybody may know, if the feed has one.
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
    header.subjects.contains(subject) && !reaches(header)
  }

  /// How much of the event the subscriber gets.
  package func form(of header: EventHeader) -> EventForm { reaches(header) ? .whole : .part }

  /// Whether it concerns a shop that the subscriber may access.
  private func reaches(_ header: EventHeader) -> Bool {
    switch sellers {
    case .every: true
    case .only(let seller): header.subjects.contains(seller)
    case .none: false
    }
  }
}
