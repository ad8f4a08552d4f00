internal import Platform
internal import Postgres

extension Row {
  /// The columns of the authentication methods.
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
