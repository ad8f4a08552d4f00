/// The details of an error that a program can act on: the messages of `google/rpc/error_details.proto` as Swift values.
public enum ErrorDetail: Sendable, Equatable {
  /// One invalid field of a request.
  public struct FieldViolation: Sendable, Equatable {
    /// Path of the field in the request, in the proto's spelling: `items[0].product_id`.
    public var field: String
    /// The violation, as a sentence.
    public var description: String

    /// A violation of one field.
    public init(field: String, description: String) {
      self.field = field
      self.description = description
    }
  }

  /// One condition of the state that does not hold.
  public struct PreconditionViolation: Sendable, Equatable {
    /// Kind of condition, such as `STOCK`.
    public var type: String
    /// The subject, such as a resource's name.
    public var subject: String
    /// How the precondition fails, and what the caller can do.
    public var description: String

    /// A violated condition.
    public init(type: String, subject: String, description: String) {
      self.type = type
      self.subject = subject
      self.description = description
    }
  }

  /// One quota that is used up.
  public struct QuotaViolation: Sendable, Equatable {
    /// Whose quota.
    public var subject: String
    /// Which, how large, and how it may be raised.
    public var description: String

    /// A used-up quota.
    public init(subject: String, description: String) {
      self.subject = subject
      self.description = description
    }
  }

  /// The request's faulty fields.
  case badRequest([FieldViolation])
  /// The resource that the error is about; `type` is the message's full name.
  case resourceInfo(type: String, name: String, description: String)
  /// When the same request may be tried again.
  case retryInfo(delay: Duration)
  /// A machine-readable cause: `reason` in UPPER_SNAKE_CASE, unique within `domain`.
  case errorInfo(reason: String, domain: String, metadata: [String: String])
  /// Conditions of the state that do not hold.
  case preconditionFailure([PreconditionViolation])
  /// Quotas that are used up.
  case quotaFailure([QuotaViolation])
}
