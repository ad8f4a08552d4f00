internal import CNGHTTP2

/// nghttp2's options.
struct SessionOptions: @unchecked Sendable {
  /// Acknowledgements that may wait for a caller that does not read.
  private static let unsentAcknowledgementsMax = 1000
  /// Settings a peer may send in one frame.
  private static let settingsPerFrameMax = 32
  /// Our own count of resets knows more: how long the streams had lived, and how many calls ended well.
  private static let resetsUncounted = UInt64(Int64.max)

  let pointer: OpaquePointer

  static let server = SessionOptions { options in
    nghttp2_option_set_max_outbound_ack(options, unsentAcknowledgementsMax)
    nghttp2_option_set_max_settings(options, settingsPerFrameMax)
    nghttp2_option_set_stream_reset_rate_limit(options, resetsUncounted, resetsUncounted)
  }
  static let client = SessionOptions { options in
    nghttp2_option_set_max_settings(options, settingsPerFrameMax)
  }

  private init(_ configure: (OpaquePointer) -> Void) {
    var options: OpaquePointer!
    precondition(nghttp2_option_new(&options) == 0, "no memory for HTTP/2")
    pointer = options
    nghttp2_option_set_no_closed_streams(options, 1)
    nghttp2_option_set_no_auto_window_update(options, 1)
    configure(options)
  }
}
