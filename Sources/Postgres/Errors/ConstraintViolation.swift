/// The constraint that a row breaks, as far as the server names it. Without the values of the row: it may be logged.
public struct ConstraintViolation: Equatable, Sendable, CustomStringConvertible {
  /// The kind of a constraint.
  public enum Kind: String, Sendable, CaseIterable {
    /// A row with the same key exists.
    case unique
    /// A row refers to one that does not exist, or is still referred to.
    case foreignKey = "foreign key"
    /// A row does not satisfy a CHECK.
    case check
    /// A value is missing.
    case notNull = "not-null"
    /// A row conflicts with another one under an EXCLUDE constraint.
    case exclusion
    /// A trigger or a RESTRICT refuses the change.
    case restrict
  }

  /// Its kind.
  public let kind: Kind
  /// Its schema and name, such as `identity.user_email_key_key`; empty when it has none, like NOT NULL. Of a key of a
  /// partitioned table, the server names the part that belongs to the partition.
  public let constraint: String
  /// The schema and name of its table, or of the partition; empty when the server does not say.
  public let table: String
  /// The column that lacks a value; else empty.
  public let column: String
  /// The server's sentence, which names no values.
  public let message: String

  /// A violation as the server reports it.
  package init(kind: Kind, constraint: String = "", table: String = "", column: String = "", message: String = "") {
    self.kind = kind
    self.constraint = constraint
    self.table = table
    self.column = column
    self.message = message
  }

  /// All that is known of it.
  public var description: String {
    let named = [("constraint", constraint), ("table", table), ("column", column)].filter { !$0.1.isEmpty }
    let place = named.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    let parts = ["\(kind.rawValue) violation", place, message].filter { !$0.isEmpty }
    return parts.joined(separator: ": ")
  }
}

extension PostgresError {
  /// The constraint that a row breaks, if that is what failed.
  public var violation: ConstraintViolation? {
    if case .constraintViolation(let violation) = self { violation } else { nil }
  }

  /// Whether a row breaks the constraint of this schema and name, such as `identity.user_email_key_key`.
  public func violates(_ constraint: String) -> Bool { violation?.constraint == constraint }
}

/// Runs `body`, where rows may break constraints of the schema because of what a caller asks for. `meanings` says for
/// each of these constraints, by schema and name, which error it means.
///
/// ```swift
/// let made = try await expecting(["identity.certificate_subject_key": IdentityError.certificateExists]) {
///   try await transaction.rows("INSERT INTO identity.certificate …", access: .write)
/// }
/// ```
/// - Throws: the error of `meanings`, or the error of `body`.
public nonisolated(nonsending) func expecting<R>(
  _ meanings: [String: any Error], _ body: () async throws -> R
) async throws -> R {
  do {
    return try await body()
  } catch let error as PostgresError {
    guard let violation = error.violation, let meaning = meanings[violation.constraint] else { throw error }
    throw meaning
  }
}
