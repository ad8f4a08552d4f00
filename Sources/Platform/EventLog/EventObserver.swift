/// A part of this server that is told of events as soon as the log is read, whichever server wrote them.
package struct EventObserver: Sendable {
  /// The topic that it hears.
  package let topic: String
  /// Is told each event of the topic once, in order, on the group's first loop. It must not take long.
  package let hear: @Sendable (LoggedEvent) -> Void
  /// Is told, on the group's first loop, that the log begins anew: what it knows from events is to be read again.
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
