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
  /// What it may do. For programs, this is what their owner may do and their scopes name; if they are bound to a shop,
  /// only the part of it that concerns a shop (``PermissionSet/ofShops``). Every check of a permission asks this set.
  package let permissions: PermissionSet
  /// What a program's key or certificate was made for; empty for people. It says why something is refused, and allows
  /// nothing.
  package let scopes: PermissionSet
  /// What it may do once it has shown the second factor that its role needs.
  package let withheld: PermissionSet
  /// The shop it runs, or that its key or certificate is bound to.
  package let sellerID: ID?
  /// Whether it has shown a second factor in this session.
  package let secondFactor: Bool
  /// How much it may call, where that is its own: as an API key may have it. Nil for what everybody has.
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
