/// A part of this server that receives events as soon as they are read from the log, from all servers.
package struct EventObserver: Sendable {
  /// The topic of its events.
  package let topic: String
  /// Receives each event of the topic once, in order, on the group's first loop. It must not take long.
  package let hear: @Sendable (LoggedEvent) -> Void
  /// Called on the group's first loop when the log was replaced: everything known from events must be read again.
  package let startOver: @Sendable () -> Void

  /// An observer of the log's topic `topic`.
  package init(
    topic: String, startOver: @escaping @Sendable () -> Void = {}, hear: @escaping @Sendable (LoggedEvent) -> Void
  ) {
    self.topic = topic
    self.startOver = startOver
    self.hear = hear
  }
}
