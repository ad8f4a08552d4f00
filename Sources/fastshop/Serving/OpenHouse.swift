import Platform
import RPC

/// Everybody is staff: as long as there are no accounts, whoever reaches the port may do everything.
struct OpenHouse: Authenticator {
  private static let staff = Caller(kind: .user, id: nil, role: .admin)

  func authenticate(_ call: Call) throws(AuthenticationError) -> Caller { Self.staff }
}
