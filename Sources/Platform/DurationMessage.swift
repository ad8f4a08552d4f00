package import Protobuf

extension Duration {
  private static let attosecondsPerNanosecond: Int64 = 1_000_000_000

  /// The duration as the API writes it, without what is shorter than a nanosecond.
  package func message(in arena: Arena) -> ProtobufDuration {
    let message = ProtobufDuration(in: arena)
    message.seconds = components.seconds
    message.nanos = Int32(truncatingIfNeeded: components.attoseconds / Self.attosecondsPerNanosecond)
    return message
  }
}

extension RequestCheck {
  /// A field with a duration of whole seconds from zero to `most`; zero when it is not set.
  package mutating func wholeSeconds(_ duration: ProtobufDuration?, _ field: String, upTo most: Duration) -> Duration {
    let (seconds, nanos) = (duration?.seconds ?? 0, duration?.nanos ?? 0)
    let isValid = (0...most.components.seconds).contains(seconds) && nanos == 0
    require(isValid, field, "Must be from 0 to \(most.components.seconds) seconds, without a fraction.")
    return .seconds(isValid ? seconds : 0)
  }
}
