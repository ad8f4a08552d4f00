package import RPC

/// The authenticated caller and its permissions. One object serves many calls, so it is passed by reference.
package final class Caller: Sendable {
  /// How the caller is authenticated.
  package enum Kind: Sendable {
    /// A guest without credentials.
    case anonymous
    /// A user, by an access token.
    case user
    /// A program, by an API key.
    case service
    /// A program, by the certificate of its connection.
    case certificate
  }

  /// How the caller is authenticated.
  package let kind: Kind
  /// The id of the account, the API key or the certificate; nil for guests.
  package let id: ID?
  /// The session that the access token belongs to.
  package let sessionID: ID?
  /// The built-in role, if it has one.
  package let role: Role?
  /// Its permissions. For programs, these are the permissions that both the owner and the scopes have. If the program
  /// is bound to a shop, only those that concern a shop (``PermissionSet/ofShops``). Every check of a permission uses
  /// this set.
  package let permissions: PermissionSet
  /// The scopes of a program's key or certificate; empty for users. They explain refusals and grant nothing.
  package let scopes: PermissionSet
  /// The permissions that it gains with the second factor that its role needs.
  package let withheld: PermissionSet
  /// The shop that it runs, or that its key or certificate is bound to.
  package let sellerID: ID?
  /// Whether it has shown a second factor in this session.
  package let secondFactor: Bool
  /// Its own rate limits, as an API key may have them; nil for the usual ones.
  package let allowances: Allowances?

  /// A caller. By default it may do what its role may. For a program, role and permissions are its owner's.
  package init(
    kind: Kind, id: ID?, sessionID: ID? = nil, role: Role? = nil, permissions: PermissionSet? = nil,
    scopes: PermissionSet = [], withheld: PermissionSet = [], sellerID: ID? = nil, secondFactor: Bool = false,
    allowances: Allowances? = nil
  ) {
    self.kind = kind
    self.id = id
    self.sessionID = sessionID
    self.role = role
    let held = permissions ?? role?.permissions ?? []
    switch kind {
    case .anonymous, .user: self.permissions = held
    case .service, .certificate:
      self.permissions = held.intersection(scopes).intersection(sellerID == nil ? .all : .ofShops)
    }
    self.scopes = scopes
    self.withheld = withheld
    self.sellerID = sellerID
    self.secondFactor = secondFactor
    self.allowances = allowances
  }

  /// A caller without credentials.
  package static let anonymous = Caller(kind: .anonymous, id: nil)

  /// Whether it is a program.
  package var isProgram: Bool { kind == .service || kind == .certificate }
}

extension Call {
  /// The caller; a guest until authentication has run.
  package var caller: Caller {
    get { principal as? Caller ?? .anonymous }
    set { principal = newValue }
  }
}
