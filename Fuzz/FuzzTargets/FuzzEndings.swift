import Platform
import RPC
import Synchronization

/// Who makes the calls of a fuzzed shop, as the input and the calls' metadata name them.
enum FuzzCaller: String, CaseIterable {
  case guest, admin, customer, key, seller

  static let field = "x-fuzz-caller"
}

/// Takes the callers at their word: what tokens are is fuzzed as part of the requests that carry them.
struct FuzzAuthenticator: Authenticator {
  /// An admin's account, and a customer's.
  let people: [ID]

  func authenticate(_ call: Call) throws(AuthenticationError) -> Caller {
    guard let name = call.metadata[FuzzCaller.field], let caller = FuzzCaller(rawValue: name), people.count == 2 else {
      return .anonymous
    }
    switch caller {
    case .guest: return .anonymous
    case .admin: return Caller(kind: .user, id: people[0], role: .admin, secondFactor: true)
    case .customer: return Caller(kind: .user, id: people[1], role: .customer)
    case .key: return Caller(kind: .service, id: people[0], role: .admin, scopes: .all)
    case .seller: return Caller(kind: .user, id: people[1], role: .seller, sellerID: people[1])
    }
  }
}

/// How the calls ended that were made since it was last asked.
final class FuzzEndings: ServerInterceptor {
  private let codes = Mutex<[(code: StatusCode, error: String)]>([])

  func intercept(_ call: Call, _ next: Method.Handler) async throws {
    do {
      try await next(call)
    } catch {
      let code = call.status(after: error)
      codes.withLock { $0.append((code, "\(error)")) }
      throw error
    }
  }

  /// What went wrong by our own fault, once.
  func takeFaults() -> [String] {
    codes.withLock { codes in
      defer { codes = [] }
      return codes.filter { [.internal, .unknown, .dataLoss].contains($0.code) }.map { "\($0.code.name): \($0.error)" }
    }
  }
}
