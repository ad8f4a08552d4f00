internal import Protobuf

/// The details of an error on the wire: a `google.rpc.Status` whose details are `Any`s.
///
/// Source: `grpc/doc/PROTOCOL-HTTP2.md`, Status-Details; `google/rpc/error_details.proto`.
extension RPCError {
  private static let typePrefix = "type.googleapis.com/"

  /// The encoding of a detail.
  struct PackedDetail {
    /// The message's full name.
    let type: String
    /// The message, encoded.
    let value: [UInt8]
    /// The message's JSON form, if it has one.
    let json: String?
  }

  /// The encoded details, as far as they are sent.
  var packedDetails: [PackedDetail] {
    let arena = Arena()
    return boundedDetails.compactMap { detail in
      let message = detail.message(in: arena)
      guard let value = try? message.encoded() else { return nil }
      return PackedDetail(type: type(of: message).descriptor.fullName, value: value, json: try? message.json())
    }
  }

  /// The value of `grpc-status-details-bin`; nil when there are no details.
  var encodedDetails: [UInt8]? {
    if details.isEmpty { return nil }
    let arena = Arena()
    let status = GoogleRPCStatus(in: arena)
    status.code = code.rawValue
    status.message = arena.text(boundedMessage)
    for detail in packedDetails {
      let packed = status.details.appendNew()
      packed.typeURL = arena.text(Self.typePrefix + detail.type)
      packed.value = arena.bytes(detail.value)
    }
    guard let encoded = try? status.encoded(), encoded.count <= StatusBounds.detailsBytesMax else { return nil }
    return encoded
  }

  /// Decodes a server's `grpc-status-details-bin`; details of unknown types are left out.
  static func decodeDetails(_ bytes: [UInt8]) -> [ErrorDetail] {
    let arena = Arena()
    guard let status = try? GoogleRPCStatus(decoding: bytes, in: arena) else { return [] }
    return status.details.compactMap { packed in
      let url = packed.typeURL.string
      guard let slash = url.lastIndex(of: "/") else { return nil }
      return ErrorDetail(typeName: String(url[url.index(after: slash)...]), packed.value.array, in: arena)
    }
  }
}

extension ErrorDetail {
  fileprivate func message(in arena: Arena) -> any Message {
    switch self {
    case .badRequest(let violations):
      let message = GoogleRPCBadRequest(in: arena)
      for violation in violations {
        let entry = message.fieldViolations.appendNew()
        entry.field = arena.text(violation.field)
        entry.description = arena.text(violation.description)
      }
      return message
    case .resourceInfo(let type, let name, let description):
      let message = GoogleRPCResourceInfo(in: arena)
      message.resourceType = arena.text(type)
      message.resourceName = arena.text(name)
      message.description = arena.text(description)
      return message
    case .retryInfo(let delay):
      let message = GoogleRPCRetryInfo(in: arena)
      let (seconds, attoseconds) = delay.components
      let duration = ProtobufDuration(in: arena)
      duration.seconds = seconds
      duration.nanos = Int32(attoseconds / 1_000_000_000)
      message.retryDelay = duration
      return message
    case .errorInfo(let reason, let domain, let metadata):
      let message = GoogleRPCErrorInfo(in: arena)
      message.reason = arena.text(reason)
      message.domain = arena.text(domain)
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
        message.metadata[arena.text(key)] = arena.text(value)
      }
      return message
    case .preconditionFailure(let violations):
      let message = GoogleRPCPreconditionFailure(in: arena)
      for violation in violations {
        let entry = message.violations.appendNew()
        entry.type = arena.text(violation.type)
        entry.subject = arena.text(violation.subject)
        entry.description = arena.text(violation.description)
      }
      return message
    case .quotaFailure(let violations):
      let message = GoogleRPCQuotaFailure(in: arena)
      for violation in violations {
        let entry = message.violations.appendNew()
        entry.subject = arena.text(violation.subject)
        entry.description = arena.text(violation.description)
      }
      return message
    }
  }

  fileprivate init?(typeName: String, _ bytes: [UInt8], in arena: Arena) {
    switch typeName {
    case GoogleRPCBadRequest.descriptor.fullName:
      guard let message = try? GoogleRPCBadRequest(decoding: bytes, in: arena) else { return nil }
      self = .badRequest(
        message.fieldViolations.map { FieldViolation(field: $0.field.string, description: $0.description.string) })
    case GoogleRPCResourceInfo.descriptor.fullName:
      guard let message = try? GoogleRPCResourceInfo(decoding: bytes, in: arena) else { return nil }
      self = .resourceInfo(
        type: message.resourceType.string, name: message.resourceName.string,
        description: message.description.string)
    case GoogleRPCRetryInfo.descriptor.fullName:
      guard let message = try? GoogleRPCRetryInfo(decoding: bytes, in: arena) else { return nil }
      let delay = message.retryDelay
      self = .retryInfo(delay: .seconds(delay?.seconds ?? 0) + .nanoseconds(Int64(delay?.nanos ?? 0)))
    case GoogleRPCErrorInfo.descriptor.fullName:
      guard let message = try? GoogleRPCErrorInfo(decoding: bytes, in: arena) else { return nil }
      let metadata = message.metadata.entries.map { ($0.key.string, $0.value.string) }
      self = .errorInfo(
        reason: message.reason.string, domain: message.domain.string,
        metadata: Dictionary(metadata, uniquingKeysWith: { $1 }))
    case GoogleRPCPreconditionFailure.descriptor.fullName:
      guard let message = try? GoogleRPCPreconditionFailure(decoding: bytes, in: arena) else { return nil }
      self = .preconditionFailure(
        message.violations.map {
          PreconditionViolation(
            type: $0.type.string, subject: $0.subject.string, description: $0.description.string)
        })
    case GoogleRPCQuotaFailure.descriptor.fullName:
      guard let message = try? GoogleRPCQuotaFailure(decoding: bytes, in: arena) else { return nil }
      self = .quotaFailure(
        message.violations.map {
          QuotaViolation(subject: $0.subject.string, description: $0.description.string)
        })
    default: return nil
    }
  }
}
