internal import Platform
internal import Postgres

extension Row {
  /// A column that is a UUID.
  func id(_ column: String) throws(PostgresError) -> ID {
    guard let id = ID(try string(column)) else { throw .mapping("column \(column) is not a UUID") }
    return id
  }

  /// A column that is a UUID or NULL.
  func optionalID(_ column: String) throws(PostgresError) -> ID? {
    try optionalString(column).flatMap { ID($0) }
  }

  /// The columns that say how somebody proved who they are.
  func methods() throws(PostgresError) -> AuthenticationMethods {
    AuthenticationMethods(try firstFactor("first_factor"), second: try bool("second_factor"))
  }

  /// A column that is a first factor.
  func firstFactor(_ column: String) throws(PostgresError) -> AuthenticationMethods.FirstFactor {
    guard let factor = AuthenticationMethods.FirstFactor(rawValue: try string(column)) else {
      throw .mapping("column \(column) is not a first factor")
    }
    return factor
  }
}
