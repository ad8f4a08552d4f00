internal import Identity
internal import Platform
internal import Postgres
internal import SellersAPI

/// The columns of the API's `TeamMember` and `TeamInvitation`.
enum TeamColumns {
  /// The people of a team.
  static func members(of seller: ID) -> Query {
    """
    SELECT m.user_id, m.seller_id, m.email, m.display_name, m.role, m.is_disabled
      FROM identity.shop_member m
     WHERE m.seller_id = \(seller)
     ORDER BY m.user_id
     LIMIT \(ShopTeam.peopleMax)
    """
  }

  /// One of them, as the API shows it.
  static func member(_ user: ID, of seller: ID) -> Query {
    """
    SELECT m.user_id, m.seller_id, m.email, m.display_name, m.role, m.is_disabled
      FROM identity.shop_member m
     WHERE m.user_id = \(user) AND m.seller_id = \(seller)
    """
  }

  /// One of them, as the audit log keeps it: nobody can erase a name or an address there.
  static func auditedMember(_ user: ID, of seller: ID) -> Query {
    """
    SELECT m.user_id, m.seller_id, m.role, m.is_disabled
      FROM identity.shop_member m
     WHERE m.user_id = \(user) AND m.seller_id = \(seller)
    """
  }

  /// The pending invitations to a team.
  static func invitations(to seller: ID, at now: Instant) -> Query {
    """
    SELECT i.id, i.seller_id, i.email, i.role, i.expires_at AS expire_time
      FROM identity.shop_invitation i
     WHERE i.seller_id = \(seller) AND i.expires_at > \(now)
     ORDER BY i.id
     LIMIT \(ShopTeam.peopleMax)
    """
  }

  /// The pending invitation of an address to a team.
  static func pendingInvitation(of email: EmailAddress, to seller: ID, at now: Instant) -> Query {
    """
    SELECT i.id, i.seller_id, i.email, i.role, i.expires_at AS expire_time
      FROM identity.shop_invitation i
     WHERE i.email_key = \(email.key) AND i.seller_id = \(seller) AND i.expires_at > \(now)
    """
  }

  /// One invitation that was neither accepted nor withdrawn.
  static func invitation(_ id: ID, to seller: ID) -> Query {
    """
    SELECT i.id, i.seller_id, i.email, i.role, i.expires_at AS expire_time
      FROM identity.shop_invitation i
     WHERE i.id = \(id) AND i.seller_id = \(seller)
    """
  }
}

extension RequestCheck {
  /// A field with the role of a person in a team, which must be given.
  mutating func teamRole(_ role: TeamRole, _ field: String) -> ShopRole {
    switch role {
    case .owner: return .owner
    case .manager: return .manager
    case .catalog: return .catalog
    case .fulfilment: return .fulfilment
    case .unspecified, .unrecognized:
      refuse(field, "Must be a known TeamRole, such as TEAM_ROLE_CATALOG.")
      return .fulfilment
    }
  }
}
