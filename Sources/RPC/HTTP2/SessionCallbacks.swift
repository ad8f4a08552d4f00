internal import CNGHTTP2

/// nghttp2's callbacks. Each finds the session and the stream, and reports an event. None of them sends or receives,
/// which nghttp2 forbids; handlers start after nghttp2 has returned.
struct SessionCallbacks: @unchecked Sendable {
  let pointer: OpaquePointer

  /// The same for all sessions.
  static let shared = SessionCallbacks()

  private init() {
    var callbacks: OpaquePointer!
    // It fails only for lack of memory, at the start of the process.
    precondition(nghttp2_session_callbacks_new(&callbacks) == 0, "no memory for HTTP/2")
    pointer = callbacks
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, onBeginHeaders)
    nghttp2_session_callbacks_set_on_header_callback(callbacks, onHeader)
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, onFrame)
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, onData)
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, onFrameSent)
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, onFrameNotSent)
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, onStreamClose)
    nghttp2_session_callbacks_set_send_data_callback(callbacks, sendData)
  }
}

@inline(__always)
private func withSession<R>(_ pointer: UnsafeMutableRawPointer?, _ body: (HTTP2Session) -> R) -> R {
  Unmanaged<HTTP2Session>.fromOpaque(pointer.unsafelyUnwrapped)._withUnsafeGuaranteedRef(body)
}

private let endStream = UInt8(NGHTTP2_FLAG_END_STREAM.rawValue)

private let onBeginHeaders: nghttp2_on_begin_headers_callback = { _, frame, context in
  let frame = frame.unsafelyUnwrapped
  return withSession(context) { session in
    session.headerBlock.begin()
    guard frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST else { return 0 }
    guard let stream = session.withConnection({ $0.openStream() }) else {
      nghttp2_submit_rst_stream(session.session, 0, frame.pointee.hd.stream_id, NGHTTP2_REFUSED_STREAM.rawValue)
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
    }
    session.attach(stream, id: frame.pointee.hd.stream_id)
    return 0
  }
}

private let onHeader: nghttp2_on_header_callback = { _, frame, name, nameLength, value, valueLength, _, context in
  withSession(context) { session in
    // Decoding stops here: a few compressed bytes may become very many.
    if !session.headerBlock.add(nameLength, valueLength) { return session.stop(.headers) }
    _ = session.withStream(frame.unsafelyUnwrapped.pointee.hd.stream_id) { stream in
      stream.received(
        header: UnsafeBufferPointer(start: name, count: nameLength),
        value: UnsafeBufferPointer(start: value, count: valueLength))
    }
    return 0
  }
}

private let onData: nghttp2_on_data_chunk_recv_callback = { _, _, id, data, length, context in
  withSession(context) { session in
    let known: Void? = session.withStream(id) { stream in
      stream.incoming.append(data.unsafelyUnwrapped, length)
      stream.unconsumed += length
      stream.stillSince = 0
      stream.receivedData(length)
    }
    if known == nil { session.dropped(length) }
  }
  return 0
}

private let onFrame: nghttp2_on_frame_recv_callback = { _, frame, context in
  let header = frame.unsafelyUnwrapped.pointee.hd
  let isHeaders = UInt32(header.type) == NGHTTP2_HEADERS.rawValue
  guard isHeaders || UInt32(header.type) == NGHTTP2_DATA.rawValue else {
    return withSession(context) { session in
      noteControl(frame.unsafelyUnwrapped, session)
      if UInt32(header.type) == NGHTTP2_RST_STREAM.rawValue { return session.receivedReset(of: header.stream_id) }
      return 0
    }
  }
  withSession(context) { session in
    _ = session.withStream(header.stream_id) { stream in
      if isHeaders {
        let category = frame.unsafelyUnwrapped.pointee.headers.cat
        stream.receivedHeaders(isTrailers: category == NGHTTP2_HCAT_HEADERS)
      }
      if header.flags & endStream != 0 && stream.isOpen {
        stream.peerEnded = true
        stream.receivedEnd()
      }
    }
  }
  return 0
}

/// Frames that belong to no stream.
private func noteControl(_ frame: UnsafePointer<nghttp2_frame>, _ session: HTTP2Session) {
  switch UInt32(frame.pointee.hd.type) {
  case NGHTTP2_SETTINGS.rawValue:
    session.hasGreeted = true
    session.connection.peerGreeted()
  case NGHTTP2_PING.rawValue:
    let isAnswer = frame.pointee.hd.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0
    session.received(ping: frame.pointee.ping.opaque_data, isAnswer: isAnswer)
  case NGHTTP2_GOAWAY.rawValue:
    let goAway = frame.pointee.goaway
    let data = UnsafeBufferPointer(start: goAway.opaque_data, count: min(goAway.opaque_data_len, 200))
    session.connection.peerLeaves(errorCode: goAway.error_code, reason: String(decoding: data, as: UTF8.self))
  default: break
  }
}

/// The response is complete while the caller still sends: it is asked to stop, without an error (RFC 9113, section
/// 8.1).
private let onFrameSent: nghttp2_on_frame_send_callback = { session, frame, context in
  let header = frame.unsafelyUnwrapped.pointee.hd
  if UInt32(header.type) == NGHTTP2_RST_STREAM.rawValue {
    withSession(context) { $0.sentReset(frame.unsafelyUnwrapped.pointee.rst_stream.error_code) }
  }
  guard UInt32(header.type) <= NGHTTP2_HEADERS.rawValue else { return 0 }
  withSession(context) { owner in
    owner.hasAnswered = true
    if UInt32(header.type) == NGHTTP2_DATA.rawValue { owner.flood.sentData() }
    guard header.flags & endStream != 0, nghttp2_session_check_server_session(session) != 0 else { return }
    if owner.withStream(header.stream_id, { $0.peerEnded }) != false { return }
    nghttp2_submit_rst_stream(session, 0, header.stream_id, NGHTTP2_NO_ERROR.rawValue)
  }
  return 0
}

/// A request that could not be sent, as after GOAWAY, was never a stream for nghttp2: its call ends here. An answer's
/// headers that could not be sent, because they are too large, would leave the caller waiting: its stream is reset.
private let onFrameNotSent: nghttp2_on_frame_not_send_callback = { _, frame, _, context in
  let frame = frame.unsafelyUnwrapped
  guard UInt32(frame.pointee.hd.type) == NGHTTP2_HEADERS.rawValue else { return 0 }
  withSession(context) { session in
    guard let stream = session.openStream(id: frame.pointee.hd.stream_id) else { return }
    guard frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST else {
      nghttp2_submit_rst_stream(session.session, 0, frame.pointee.hd.stream_id, NGHTTP2_INTERNAL_ERROR.rawValue)
      return
    }
    // nghttp2 also closes the stream after this callback; the stream may be gone by then.
    nghttp2_session_set_stream_user_data(session.session, frame.pointee.hd.stream_id, nil)
    session.detach(stream, errorCode: NGHTTP2_REFUSED_STREAM.rawValue)
  }
  return 0
}

private let onStreamClose: nghttp2_on_stream_close_callback = { _, id, errorCode, context in
  withSession(context) { $0.streamClosed(id, errorCode: errorCode) }
  return 0
}

/// Writes one DATA frame: its header, directly followed by the stream's bytes.
private let sendData: nghttp2_send_data_callback = { _, _, header, length, source, context in
  withSession(context) { session in
    Unmanaged<HTTPStream>.fromOpaque(source.unsafelyUnwrapped.pointee.ptr)._withUnsafeGuaranteedRef { stream in
      let buffers = session.buffers
      buffers.outgoing.append(header.unsafelyUnwrapped, 9)
      if length > 0 {
        buffers.outgoing.append(stream.outgoing.start, length)
        stream.outgoing.consume(length)
      }
      stream.stillSince = 0
      stream.outgoingDrained()
    }
  }
  return 0
}
