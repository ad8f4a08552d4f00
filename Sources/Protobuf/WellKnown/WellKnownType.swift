/// The range of times in google.protobuf's messages.
package enum TimeRange {
  /// `Timestamp.seconds`: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
  package static let timestampSeconds = TimestampText.secondsRange
  /// `Duration.seconds`: about 10,000 years either way.
  package static let durationSeconds = -DurationText.secondsMax...DurationText.secondsMax
}

/// The messages of google.protobuf that have a JSON form of their own.
enum WellKnownType: UInt8 {
  /// A message like any other.
  case none
  case timestamp, duration, fieldMask, any
  /// `Int64Value` and the like: their field `value` represents the message.
  case wrapper

  init(fullName: String) {
    guard fullName.hasPrefix("google.protobuf.") else {
      self = .none
      return
    }
    switch fullName.dropFirst("google.protobuf.".count) {
    case "Timestamp": self = .timestamp
    case "Duration": self = .duration
    case "FieldMask": self = .fieldMask
    case "Any": self = .any
    case "DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value", "BoolValue",
      "StringValue", "BytesValue":
      self = .wrapper
    default: self = .none
    }
  }
}
