internal import EventLoop

/// The traffic of one call: messages, and their encoded bytes before compression.
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

/// Counts what a call takes and gives.
extension Call {
  /// A request of so many bytes has been taken.
  @inline(__always)
  func tookMessage(_ bytes: Int) {
    traffic.received(bytes)
    origin.counters.lastMessageReceived = loop.now
  }

  /// A response of so many bytes is on its way.
  @inline(__always)
  func gaveMessage(_ bytes: Int) {
    traffic.sent(bytes)
    origin.counters.lastMessageSent = loop.now
  }
}
