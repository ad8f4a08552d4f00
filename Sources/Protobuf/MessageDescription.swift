extension Message {
  /// The name of the message type.
  public var description: String { Self.descriptor.fullName }
}
