internal import Synchronization
public import Protobuf

/// What a topic knows of an event without decoding it.
public protocol EventAttributes: Sendable {
  /// What an event may concern; `Never` in a topic whose subscribers all get every event.
  associatedtype Subject: Hashable & Sendable

  /// What the event concerns.
  var subjects: [Subject] { get }

  /// Whether a subscriber that the event concerns must read the state again, instead of getting the event.
  var startsOver: Bool { get }
}

extension EventAttributes {
  /// No: the event says what has changed.
  public var startsOver: Bool { false }
}

extension EventAttributes where Subject == Never {
  /// None.
  public var subjects: [Never] { [] }
}

/// An event that is encoded once, when the first subscriber takes it, and sent to any number of subscribers.
public final class PublishedEvent<Attributes: EventAttributes>: Sendable {
  /// Makes the event's message.
  public typealias Maker = @Sendable () throws -> any Message

  private enum State {
    case notEncoded(Maker, failed: @Sendable (any Error) -> Void)
    case encoded([UInt8])
    /// It cannot be encoded: nobody gets it.
    case failed
  }

  /// The attributes for the subscribers' filters.
  public let attributes: Attributes
  private let state: Mutex<State>

  /// An event whose message is made when somebody takes it.
  /// - Parameter failed: called once when the message cannot be made or encoded. Subscribers do not get the event then.
  public init(
    attributes: Attributes, failed: @escaping @Sendable (any Error) -> Void, making message: @escaping Maker
  ) {
    self.attributes = attributes
    state = Mutex(.notEncoded(message, failed: failed))
  }

  /// Encodes `message`.
  /// - Throws: `EncodeError` when it cannot be encoded.
  public init(_ message: some Message, attributes: Attributes) throws {
    self.attributes = attributes
    state = Mutex(.encoded(try Self.prefixed(message)))
  }

  /// The message with its gRPC prefix; nil when it cannot be encoded.
  var bytes: [UInt8]? {
    state.withLock { state in
      switch state {
      case .encoded(let bytes): return bytes
      case .failed: return nil
      case .notEncoded(let message, let failed):
        do {
          let bytes = try Self.prefixed(try message())
          state = .encoded(bytes)
          return bytes
        } catch {
          state = .failed
          failed(error)
          return nil
        }
      }
    }
  }

  /// Whether a subscriber has taken it.
  package var isEncoded: Bool {
    state.withLock { if case .encoded = $0 { true } else { false } }
  }

  private static func prefixed(_ message: some Message) throws -> [UInt8] {
    let body = try message.encoded()
    let length = UInt32(body.count)
    return [0] + withUnsafeBytes(of: length.bigEndian) { Array($0) } + body
  }
}
