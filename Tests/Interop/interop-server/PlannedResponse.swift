internal import EventLoop
internal import InteropAPI
internal import Protobuf
internal import RPC

/// A response that a stream's caller asked for.
struct PlannedResponse {
  private let type: PayloadType
  private let size: Int32
  private let intervalMicroseconds: Int32
  private let isCompressed: Bool?

  init(_ parameters: ResponseParameters, _ type: PayloadType) {
    self.type = type
    size = parameters.size
    intervalMicroseconds = parameters.intervalUs
    isCompressed = parameters.compressed?.value
  }

  /// Waits as long as was asked for, then sends it.
  func send(to responses: ResponseStream<StreamingOutputCallResponse>, _ call: Call) async throws {
    if intervalMicroseconds > 0 { try await call.loop.sleep(for: .microseconds(intervalMicroseconds)) }
    let arena = responses.arena
    let response = StreamingOutputCallResponse(in: arena)
    response.payload = try Payload.of(type, size: size, in: arena)
    if isCompressed != nil { call.compression = .gzip }
    try await responses.send(response, compressed: isCompressed)
  }
}

extension Payload {
  /// The largest payload that is made, in bytes.
  private static let sizeMax: Int32 = 16 * 1024 * 1024

  /// A payload as a caller asks for it.
  static func of(_ type: PayloadType, size: Int32, in arena: Arena) throws(RPCError) -> Payload {
    guard type == .compressable else {
      throw RPCError(.invalidArgument, "payloads of type \(type.rawValue) are not supported")
    }
    guard (0...sizeMax).contains(size) else {
      throw RPCError(.invalidArgument, "a payload's size must be from 0 to \(sizeMax)")
    }
    let payload = Payload(in: arena)
    payload.type = type
    payload.body = arena.bytes([UInt8](repeating: 0, count: Int(size)))
    return payload
  }
}
