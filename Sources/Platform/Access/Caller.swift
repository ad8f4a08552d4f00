package import RPC

/// Who calls, and what they may do. Made once for many calls, hence passed by reference.
package final class Caller: Sendable {
  /// How the caller has proved who it is.
  package enum Kind: Sendable {
    /// Not at all: a guest.
    case anonymous
    /// A person, by an access token.
    case user
    /// A program, by an API key.
    case service
    /// A program, by the certificate of its connection.
    case certificate
  }

  /// How the caller has proved who it is.
  package let kind: Kind
  /// The account's id, or the API key's, or the certificate's; nil for guests.
  package let id: ID?
  /// The session that the access token belongs to.
  package let sessionID: ID?
  /// The built-in role, if it has one.
  package let role: Role?
  /// What it may do: the role's permissions, or those of whoever made the key.
  package let permissions: PermissionSet
  /// For programs: what their key or certificate was made for. They may do no more than this and their permissions
  /// together allow.
  package let scopes: PermissionSet
  /// The shop it runs, or is a key of.
  package let sellerID: ID?
  /// Whether it has shown a second factor in this session.
  package let secondFactor: Bool
  /// How much it may call, where that is its own: as an API key may have it. Nil for what everybody has.
  package let allowances: Allowances?

  /// A caller. By default it may do what its role may.
  package init(
    kind: Kind, id: ID?, sessionID: ID? = nil, role: Role? = nil, permissions: PermissionSet? = nil,
    scopes: PermissionSet = [], sellerID: ID? = nil, secondFactor: Bool = false, allowances: Allowances? = nil
  ) {
    self.kind = kind
    self.id = id
    self.sessionID = sessionID
    self.role = role
    self.permissions = permissions ?? role?.permissions ?? []
    self.scopes = scopes
    self.sellerID = sellerID
    self.secondFactor = secondFactor
    self.allowances = allowances
  }

  /// Whoever shows nothing.
  package static let anonymous = Caller(kind: .anonymous, id: nil)

  /// Whether it is a program rather than a person.
  package var isProgram: Bool { kind == .service || kind == .certificate }
}

extension Call {
  /// Who calls; a guest until authentication has found out.
  package var caller: Caller {
    get { principal as? Caller ?? .anonymous }
    set { principal = newValue }
  }
}
