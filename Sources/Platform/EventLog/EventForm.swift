/// The form in which a subscriber gets an event.
package enum EventForm: Sendable {
  /// All of it.
  case whole
  /// What everybody may know of it.
  case part
}
