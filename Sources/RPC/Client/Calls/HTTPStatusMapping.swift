internal import CNGHTTP2

extension StatusCode {
  /// The status of a response without a gRPC status, by its HTTP status.
  ///
  /// Source: `grpc/doc/http-grpc-status-mapping.md`.
  init(http status: Int) {
    switch status {
    case 400, 431: self = .internal
    case 401: self = .unauthenticated
    case 403: self = .permissionDenied
    case 404: self = .unimplemented
    case 429, 502, 503, 504: self = .unavailable
    default: self = .unknown
    }
  }

  /// The status of a stream that the server reset without a gRPC status.
  ///
  /// Source: `grpc/doc/PROTOCOL-HTTP2.md`, Errors.
  init(reset code: UInt32) {
    switch nghttp2_error_code(code) {
    case NGHTTP2_REFUSED_STREAM: self = .unavailable
    case NGHTTP2_CANCEL: self = .cancelled
    case NGHTTP2_ENHANCE_YOUR_CALM: self = .resourceExhausted
    case NGHTTP2_INADEQUATE_SECURITY: self = .permissionDenied
    default: self = .internal
    }
  }
}
