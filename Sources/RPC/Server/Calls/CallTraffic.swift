/// What went over the wire for one call: messages, and their bytes as encoded, before compression.
public struct CallTraffic: Sendable, Equatable {
  /// Requests.
  public private(set) var messagesReceived = 0
  /// Bytes of the requests.
  public private(set) var bytesReceived = 0
  /// Responses.
  public private(set) var messagesSent = 0
  /// Bytes of the responses.
  public private(set) var bytesSent = 0

  init() {}

  @inline(__always)
  mutating func received(_ bytes: Int) {
    messagesReceived &+= 1
    bytesReceived &+= bytes
  }

  @inline(__always)
  mutating func sent(_ bytes: Int) {
    messagesSent &+= 1
    bytesSent &+= bytes
  }
}
