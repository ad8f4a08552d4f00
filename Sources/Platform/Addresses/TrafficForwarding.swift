package import RPC

/// Lets programs that render pages name the end user of a call. The end user's address then counts everywhere: for the
/// limits, for lock-outs, in sessions, in the audit log, in security events.
///
/// Only a program whose API key has the scope `traffic.forward` may send the header. Any other caller that sends it is
/// refused, so that no caller wrongly believes that it has an effect. An invalid key counts as bad credentials of the
/// address that sent it.
package struct TrafficForwarding: ServerGate {
  /// The end user's IP address.
  package static let addressField = "fastshop-client-address"
  /// The program's API key, where `authorization` has the end user's token. Without it, `authorization` must have it.
  package static let keyField = "fastshop-forwarding-key"

  private let authenticator: any Authenticator

  /// Believes programs that `authenticator` knows.
  package init(_ authenticator: any Authenticator) { self.authenticator = authenticator }

  /// Leaves the address with the call, or refuses it.
  package func admit(_ call: Call) throws {
    // Every call passes here: no copy of the name, no search where there are no fields.
    let named = call.metadata.entries.first { $0.key == Self.addressField }
    if let named { try learn(named.value, call) }
  }

  private func learn(_ text: String, _ call: Call) throws {
    let metadata = call.metadata
    guard let key = metadata[Self.keyField] ?? metadata["authorization"].flatMap(Self.bearer) else {
      throw ForwardingRefusal.notAllowed
    }
    let program: Caller
    do throws(AuthenticationError) {
      program = try authenticator.program(withKey: key, call)
    } catch {
      if let refusal = call.credentialRefusal { throw refusal }
      throw metadata[Self.keyField] == nil ? ForwardingRefusal.notAllowed : ForwardingRefusal.badKey
    }
    guard program.scopes.intersection(program.permissions).contains(.trafficForward) else {
      throw ForwardingRefusal.notAllowed
    }
    guard metadata.values(Self.addressField).count == 1, let address = IPAddress(text) else {
      throw ForwardingRefusal.badAddress
    }
    call.forward(for: address)
  }

  private static func bearer(_ field: String) -> String? {
    let scheme = "bearer "
    return field.prefix(scheme.count).lowercased() == scheme ? String(field.dropFirst(scheme.count)) : nil
  }
}

/// The reason why the header is refused.
enum ForwardingRefusal: Error, Equatable {
  case notAllowed
  case badKey
  case badAddress
}

extension ForwardingRefusal: RPCErrorConvertible {
  var rpcError: RPCError {
    let field = TrafficForwarding.addressField
    return switch self {
    case .notAllowed:
      PlatformReason.forwardingNotAllowed.error(
        "\(field) needs an API key with the scope \(Permission.trafficForward.name)")
    case .badKey:
      PlatformReason.credentialsInvalid.error(
        "\(TrafficForwarding.keyField) is not a valid API key", metadata: ["scheme": "Bearer"])
    case .badAddress:
      PlatformReason.forwardedAddressInvalid.error("\(field) must be one IP address")
    }
  }
}
