/// The status with which an HTTP/1.1 request is refused. The connection ends after it, because the start of the next
/// request is unknown.
enum HTTP1Refusal: Int, Error {
  /// The bytes break HTTP's rules, or leave open how long the body is.
  case malformed = 400
  /// The caller took too long to send its request.
  case tooSlow = 408
  /// The request's target is longer than all header fields may be.
  case targetTooLong = 414
  /// The header fields are larger or more than the limits allow.
  case headersTooLarge = 431
  /// A transfer coding other than `chunked`, or an unknown method.
  case notImplemented = 501
  /// The maximum number of calls is running.
  case overloaded = 503
  /// Neither HTTP/1.1 nor HTTP/1.0.
  case version = 505
}
