/// The connection preface of HTTP/2 (RFC 9113, section 3.4).
enum HTTP2Preface {
  /// The part of the preface with which no request of HTTP/1.1 begins.
  private static let telling = Array("PRI * HTTP/2.0\r\n".utf8)

  /// Whether the bytes begin as the preface does; nil when there are too few to tell.
  static func begins(_ bytes: UnsafeRawBufferPointer) -> Bool? {
    let count = min(bytes.count, telling.count)
    if !bytes.prefix(count).elementsEqual(telling.prefix(count)) { return false }
    return count == telling.count ? true : nil
  }
}
