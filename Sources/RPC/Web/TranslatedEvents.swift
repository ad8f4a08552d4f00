internal import Glibc
internal import Protobuf

/// Shared events in the format of a subscriber whose dialect differs from their encoding: base 64 or JSON.
final class TranslatedEvents<Response: Message>: StreamSource {
  private let source: StreamSource
  private let dialect: Dialect
  private unowned let call: Call

  init(_ source: StreamSource, for call: Call, by dialect: Dialect) {
    self.source = source
    self.dialect = dialect
    self.call = call
  }

  override func fill(_ target: UnsafeMutablePointer<UInt8>, _ limit: Int) -> Int {
    guard let event = source.nextEvent() else { return 0 }
    var translated = ByteBuffer()
    append(event, to: &translated)
    let count = min(limit, translated.count)
    if count == 0 { return 0 }
    memcpy(target, translated.start, count)
    if count < translated.count { call.outgoing.append(translated.start + count, translated.count - count) }
    return count
  }

  /// `event`: a frame of gRPC's.
  private func append(_ event: [UInt8], to buffer: inout ByteBuffer) {
    event.withUnsafeBytes { bytes in
      let message = UnsafeRawBufferPointer(rebasing: bytes[ByteBuffer.prefixBytes...])
      if dialect.codec == .json {
        // It was encoded by ourselves, so that decoding it does not fail.
        guard let decoded = try? Response(decoding: message, in: Arena()), let json = try? decoded.jsonBytes() else {
          return
        }
        buffer.append(message: json)
      } else {
        buffer.append(message: message)
      }
    }
    dialect.framed(from: 0, of: &buffer)
  }
}
