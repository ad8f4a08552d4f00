import Platform
import Postgres

/// The changes between two pages of a list: one element comes, with keys that others have, and another one goes where
/// that is possible.
enum ListChange {
  /// A statement, for the number of the change and the id of an account.
  typealias Statement = @Sendable (_ round: Int, _ user: String) -> Query

  static func statements(of path: String) -> [Statement] {
    switch path.split(separator: "/").last {
    case "ListCategories": categories
    case "ListProductTypes": productTypes
    case "ListCollections", "ListManagedCollections": collections
    case "ListCollectionProducts": collectionProducts
    case "ListChannels": channels
    case "ListChannelListings": channelListings
    case "ListOffers": offers
    case "ListProductPages": productPages
    case "ListPrices": prices
    case "ListPriceHistory": Array(prices.prefix(1))
    case "ListPriceLists": priceLists
    case "ListMissingTranslations": translations
    case "ListUsers": users
    case "ListRoles": roles
    case "ListInvitations": invitations
    case "ListApiKeys": keys
    case "ListCertificates": certificates
    case "ListLowStock": lowStock
    case "ListSecurityEvents": securityEvents
    case "ListMovements": movements
    case "ListReservations": reservations
    case "ListWarehouses": warehouses
    case "ListCoupons": coupons
    case "ListCouponCodes": couponCodes
    case "ListSellerApplications": applications
    case "ListSellers", "ListShops": shops
    case "ListTaxRates": taxRates
    case "ListTaxCategories": taxCategories
    case "ListTaxExemptions": taxExemptions
    default: []
    }
  }

  private static let categories: [Statement] = [
    { round, _ in
      """
      INSERT INTO catalog.category (id, slug, path, title, lineage, position, place)
      SELECT n.id, n.slug, n.slug, 'New', ARRAY[n.id], 1, '0001'
        FROM (SELECT platform.uuid_v7() AS id, 'walk-' || \(round)::int AS slug) n
      """
    },
    { round, _ in "DELETE FROM catalog.category WHERE slug = 'walk-' || \(round - 2)::int" },
  ]

  private static let productTypes: [Statement] = [
    { round, _ in "INSERT INTO catalog.product_type (title) VALUES ('Walk ' || \(round)::int)" },
    { round, _ in "DELETE FROM catalog.product_type WHERE title = 'Walk ' || \(round - 2)::int" },
  ]

  private static let collections: [Statement] = [
    { round, _ in
      """
      INSERT INTO catalog.collection (id, slug, title, position)
      VALUES (platform.uuid_v7(), 'walk-' || \(round)::int, 'Gifts', 1)
      """
    },
    { round, _ in "DELETE FROM catalog.collection WHERE slug = 'walk-' || \(round - 2)::int" },
  ]

  /// What comes was never there, and what goes never comes back.
  private static let collectionProducts: [Statement] = [
    { _, _ in
      """
      DELETE FROM catalog.collection_product
       WHERE product_id = (SELECT product_id FROM catalog.collection_product
                            WHERE get_byte(uuid_send(product_id), 15) % 4 <> 0 ORDER BY random() LIMIT 1)
      """
    },
    { _, _ in
      """
      INSERT INTO catalog.collection_product (collection_id, product_id, position)
      SELECT o.id, p.id, 3 FROM catalog.collection o, catalog.product p
       WHERE o.slug = 'gifts-1' AND get_byte(uuid_send(p.id), 15) % 4 = 0
         AND NOT EXISTS (SELECT FROM catalog.collection_product x WHERE x.collection_id = o.id AND x.product_id = p.id)
       ORDER BY random() LIMIT 1
      """
    },
  ]

  private static let channels: [Statement] = [
    { round, _ in "INSERT INTO catalog.channel (code, title, currency) VALUES ('x-' || \(round)::int, 'Walk', 'EUR')" },
    { round, _ in "DELETE FROM catalog.channel WHERE code = 'x-' || \(round - 2)::int" },
  ]

  private static let channelListings: [Statement] = [
    { round, _ in
      """
      WITH made AS (
        INSERT INTO catalog.channel (code, title, currency) VALUES ('y-' || \(round)::int, 'Walk', 'EUR') RETURNING id
      )
      INSERT INTO catalog.channel_listing (product_id, channel_id, seller_id, is_listed)
      SELECT p.id, made.id, p.seller_id, false FROM made, catalog.product p ORDER BY random() LIMIT 3
      """
    },
    { _, _ in
      """
      DELETE FROM catalog.channel_listing
       WHERE id = (SELECT l.id FROM catalog.channel_listing l JOIN catalog.channel c ON c.id = l.channel_id
                    WHERE c.code LIKE 'y-%' ORDER BY random() LIMIT 1)
      """
    },
  ]

  /// What comes never goes, and what goes never comes back.
  private static let offers: [Statement] = [
    { _, _ in
      """
      UPDATE catalog.variant SET gtin = '4000000000013'
       WHERE id = (SELECT id FROM catalog.variant WHERE position > 1 AND gtin IS NULL ORDER BY random() LIMIT 1)
      """
    },
    { _, _ in
      """
      UPDATE catalog.variant SET gtin = NULL
       WHERE id = (SELECT id FROM catalog.variant WHERE position = 1 AND gtin = '4000000000013'
                    ORDER BY random() LIMIT 1)
      """
    },
  ]

  /// What comes never goes, and what goes never comes back.
  private static let productPages: [Statement] = [
    { round, _ in
      """
      INSERT INTO catalog.product_page (id)
      SELECT catalog.page_of_gtin('40000001' || lpad(((\(round)::int * 37) % 10000)::text, 5, '0'))
          ON CONFLICT DO NOTHING
      """
    },
    { _, _ in
      """
      DELETE FROM catalog.product_page
       WHERE id = (SELECT id FROM catalog.product_page WHERE merged_into IS NULL AND chosen_product_id IS NULL
                    AND id::text !~ '^00000000'
                    AND NOT EXISTS (SELECT FROM catalog.page_placement m WHERE m.page_id = product_page.id)
                    ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let translations: [Statement] = [
    { round, _ in
      """
      INSERT INTO catalog.product_type (title, attributes)
      VALUES ('Walk ' || \(round)::int, '[{"code": "a", "title": "A", "kind": "ATTRIBUTE_KIND_TEXT"}]')
      """
    },
    { _, _ in
      """
      INSERT INTO platform.translation (resource_id, locale, texts, sources, is_current, updated_at)
      SELECT p.id, 'fr', '{"title": "Bureau"}', '{}', true, now() FROM catalog.product p ORDER BY random() LIMIT 1
          ON CONFLICT DO NOTHING
      """
    },
  ]

  private static let prices: [Statement] = [
    { round, _ in
      """
      INSERT INTO catalog.price (seller_id, variant_id, price_list_id, quantity_min, price_minor, currency, starts_at)
      SELECT r.seller_id, r.variant_id, r.price_list_id, 100 + \(round)::int, 1, r.currency, r.starts_at
        FROM catalog.price r
       WHERE r.price_list_id IS NOT NULL AND r.ends_at = 'infinity' ORDER BY random() LIMIT 1
      """
    },
    { _, _ in
      """
      UPDATE catalog.price SET ends_at = now()
       WHERE id = (SELECT id FROM catalog.price WHERE quantity_min > 1 AND ends_at = 'infinity'
                    ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let priceLists: [Statement] = [
    { round, _ in
      """
      INSERT INTO catalog.price_list (seller_id, title, channel, currency)
      SELECT seller_id, 'Walk', 'walk-' || \(round)::int, 'EUR' FROM catalog.price_list ORDER BY random() LIMIT 1
      """
    },
    { _, _ in
      """
      UPDATE catalog.price_list SET ends_at = now(), deleted_at = now()
       WHERE id = (SELECT id FROM catalog.price_list WHERE deleted_at IS NULL ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let users: [Statement] = [
    { _, _ in
      """
      DELETE FROM identity.user
       WHERE id = (SELECT id FROM identity.user WHERE email LIKE 'walk%' ORDER BY random() LIMIT 1)
      """
    }
  ]

  private static let roles: [Statement] = [
    { round, _ in
      "INSERT INTO identity.role (name, title, permissions) VALUES ('r-' || \(round)::int, 'New', '{}')"
    },
    { _, _ in
      """
      DELETE FROM identity.role
       WHERE id = (SELECT id FROM identity.role WHERE name ~ '^r' ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let invitations: [Statement] = [
    { round, user in
      """
      INSERT INTO identity.invitation (hash, email, email_key, role, invited_by, created_at, expires_at)
      VALUES (sha256(\(round)::text::bytea), 'a@b', 'a@b', 'support', \(user)::uuid, now(),
              now() + interval '1 day')
      """
    },
    { _, _ in
      """
      UPDATE identity.invitation SET revoked_at = now()
       WHERE id = (SELECT id FROM identity.invitation WHERE revoked_at IS NULL ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let keys: [Statement] = [
    { round, user in
      """
      INSERT INTO identity.api_key (name, owner_id, hint, hash, scopes, created_at, updated_at)
      VALUES ('new', \(user)::uuid, 'abcd', sha256(\(round)::text::bytea), '{catalog.read}', now(), now())
      """
    },
    { _, _ in
      """
      UPDATE identity.api_key SET revoked_at = now()
       WHERE id = (SELECT id FROM identity.api_key WHERE revoked_at IS NULL ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let certificates: [Statement] = [
    { round, user in
      """
      INSERT INTO identity.certificate (name, subject, owner_id, scopes, created_at)
      VALUES ('new', 'uri:spiffe://walk/' || \(round)::int, \(user)::uuid, '{catalog.read}', now())
      """
    },
    { _, _ in
      """
      UPDATE identity.certificate SET revoked_at = now()
       WHERE id = (SELECT id FROM identity.certificate WHERE revoked_at IS NULL ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let lowStock: [Statement] = [
    { _, _ in
      """
      INSERT INTO inventory.stock_rules (variant_id, seller_id, low_stock_threshold, is_low)
      SELECT s.variant_id, s.seller_id, 1000000, true FROM inventory.stock s
       WHERE NOT EXISTS (SELECT FROM inventory.stock_rules r WHERE r.variant_id = s.variant_id)
       ORDER BY random() LIMIT 1
      """
    },
    { _, _ in
      """
      UPDATE inventory.stock_rules SET is_low = false
       WHERE variant_id = (SELECT variant_id FROM inventory.stock_rules WHERE is_low ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let applications: [Statement] = [
    { round, _ in
      """
      INSERT INTO sellers.application (applicant_id, slug, name, sealed)
      VALUES (platform.uuid_v7(), 'walk-' || \(round)::int, 'New', '\\x00')
      """
    },
    { _, _ in
      """
      UPDATE sellers.application SET state = 'rejected', reason = 'no', decided_at = now()
       WHERE id = (SELECT id FROM sellers.application WHERE state = 'submitted' ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let shops: [Statement] = [
    { round, _ in
      """
      WITH made AS (INSERT INTO catalog.seller (slug, name) VALUES ('walk-' || \(round)::int, 'New') RETURNING id)
      INSERT INTO sellers.shop (seller_id) SELECT made.id FROM made
      """
    },
    { _, _ in
      """
      UPDATE sellers.shop SET state = 'suspended'
       WHERE seller_id = (SELECT seller_id FROM sellers.shop WHERE state = 'active' ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let movements: [Statement] = [
    { round, _ in
      """
      INSERT INTO inventory.movement (variant_id, seller_id, delta, reason, on_hand, version)
      SELECT s.variant_id, s.seller_id, 1, 'counted', 1, 100 + \(round)::int
        FROM inventory.stock s ORDER BY random() LIMIT 3
      """
    }
  ]

  private static let reservations: [Statement] = [
    { _, _ in
      """
      INSERT INTO inventory.reservation (reservation_id, variant_id, warehouse_id, seller_id, quantity, allocation,
                                         created_at, expires_at)
      SELECT platform.uuid_v7(), s.variant_id, s.seller_id, s.seller_id, 1, 'whole', now(), now() + interval '1 day'
        FROM inventory.stock s ORDER BY s.variant_id LIMIT 3
      """
    },
    { _, _ in
      """
      UPDATE inventory.reservation SET state = 'released', ended_at = now()
       WHERE reservation_id = (SELECT reservation_id FROM inventory.reservation
                                WHERE state = 'open' ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let coupons: [Statement] = [
    { _, _ in
      """
      INSERT INTO promotions.coupon (id, name, is_automatic, effect, is_stackable, priority, created_at, updated_at)
      SELECT platform.uuid_v7(), 'Walk', false, c.effect, false, 100, c.created_at, now()
        FROM promotions.coupon c ORDER BY random() LIMIT 1
      """
    },
    { _, _ in
      """
      DELETE FROM promotions.coupon
       WHERE id = (SELECT id FROM promotions.coupon WHERE name = 'Of the list' ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let couponCodes: [Statement] = [
    { round, _ in
      """
      INSERT INTO promotions.coupon_code (id, coupon_id, code, batch_id, uses_max, created_at)
      SELECT platform.uuid_v7(), b.coupon_id, 'WALK' || \(round)::int, b.id, 1, now()
        FROM promotions.coupon_batch b LIMIT 1
      """
    },
    { _, _ in
      """
      DELETE FROM promotions.coupon_code
       WHERE id = (SELECT id FROM promotions.coupon_code WHERE code LIKE 'LIST%' ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let warehouses: [Statement] = [
    { _, _ in
      """
      INSERT INTO inventory.warehouse (seller_id, name)
      SELECT seller_id, 'New' FROM inventory.warehouse ORDER BY random() LIMIT 1
      """
    },
    { _, _ in
      """
      DELETE FROM inventory.warehouse
       WHERE id = (SELECT id FROM inventory.warehouse WHERE name = 'Outlet' ORDER BY random() LIMIT 1)
      """
    },
  ]

  private static let securityEvents: [Statement] = [
    { _, user in "INSERT INTO security.event (kind, user_id) VALUES ('new_device', \(user)::uuid)" }
  ]
}
