/// A machine-readable reason of an error: the `reason` of `google.rpc.ErrorInfo`, in the domain `fastshop`.
///
/// Each module has one enum of its reasons. A reason keeps its name for ever, because clients act on it. The reference
/// lists all of them with their statuses (google.aip.dev/193).
package protocol ErrorReason: CaseIterable, RawRepresentable, Sendable where RawValue == String {
  /// The status and the meaning.
  var definition: ErrorDefinition { get }
}

/// The status and the description of an ``ErrorReason``.
package struct ErrorDefinition: Sendable {
  /// The status that it comes with.
  package let code: StatusCode
  /// What happened and what the caller can do. It is the message of errors without a sentence of their own.
  package let meaning: String

  /// A status and a meaning.
  package init(_ code: StatusCode, _ meaning: String) {
    self.code = code
    self.meaning = meaning
  }
}

/// The domain of every reason.
package enum ErrorDomain {
  /// The value of `google.rpc.ErrorInfo.domain`.
  package static let name = "fastshop"
}

extension ErrorReason {
  /// The error for the caller: `ErrorInfo` with this reason, then `details`.
  /// - Parameters:
  ///   - message: the sentence; the reason's meaning by default.
  ///   - metadata: values for programs, such as the current etag.
  package func error(
    _ message: String? = nil, metadata: [String: String] = [:], details: [ErrorDetail] = [],
    trailers: Metadata = [:]
  ) -> RPCError {
    let definition = definition
    let info = ErrorDetail.errorInfo(reason: rawValue, domain: ErrorDomain.name, metadata: metadata)
    return RPCError(
      definition.code, message ?? definition.meaning, details: [info] + details, trailers: trailers)
  }
}
