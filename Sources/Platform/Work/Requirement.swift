package import Postgres

extension Work {
  /// Sends a change that must affect so many rows, without waiting for it: otherwise the work fails with an error that
  /// ``Postgres/PostgresError/isUnmet(_:)`` recognizes.
  /// - Parameters:
  ///   - change: an INSERT, UPDATE or DELETE with RETURNING.
  ///   - rows: how many rows it must return.
  ///   - name: what is required, for the error.
  package func sendRequirement(_ change: Query, rows: Int, _ name: String) {
    send("WITH changed AS (\(change)) SELECT platform.require(count(*) = \(rows), \(name)) FROM changed")
  }
}

extension PostgresError {
  /// Whether the requirement of this name was not met.
  package func isUnmet(_ name: String) -> Bool {
    guard case .other(Requirement.sqlstate, let message) = self else { return false }
    return message == name || message.hasPrefix("\(name);")  // behind it stands what an operator needs
  }
}

/// The error of `platform.require`.
private enum Requirement { static let sqlstate = "FS002" }
