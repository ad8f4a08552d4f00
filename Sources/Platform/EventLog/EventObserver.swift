/// Something in this server that must know what happened, whoever did it, as soon as the log is read.
package struct EventObserver: Sendable {
  /// The topic that it hears.
  package let topic: String
  /// Is told each event of the topic once, in order, on the group's first loop. It must not take long.
  package let hear: @Sendable (LoggedEvent) -> Void

  /// An observer of the log's topic `topic`.
  package init(topic: String, hear: @escaping @Sendable (LoggedEvent) -> Void) {
    self.topic = topic
    self.hear = hear
  }
}
