import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension ShopTests {
  /// Each list of the API in each order, with ties: pages of any size, while elements come and go.
  @Suite struct ListWalkTests {
    private static let changesMax = 6

    @Test("a walk through the pages sees all that stood throughout, in order, and nothing twice")
    func walks() async throws {
      let shop = try await TestShop.make(products: 40)
      try await shop.serve(loops: 1) { nodes in
        let environment = try await AccessEnvironment(nodes[0])
        try await PagedListTests.fill(environment)
        let values = try await Self.fill(shop, owner: try environment.things(for: .admin).account.id)
        var round = 0
        for list in PagedListCase.all(values) {
          let method = try #require(TestNode.methods.first { $0.path == list.path })
          let options = try environment.options(for: list.callers[0])
          for fields in list.requests {
            let whole = try await nodes[0].elements(of: method, by: 250, fields: fields, options)
            for size in [1, 5] {
              let walked = try await nodes[0].elements(of: method, by: size, fields: fields, options)
              #expect(walked == whole, "\(list.path)\(fields) by \(size)")
            }
            var changes = 0
            let walked = try await nodes[0].elements(of: method, by: 3, fields: fields, options) {
              guard changes < Self.changesMax else { return }
              (changes, round) = (changes + 1, round + 1)
              try await Self.change(list.path, shop, round, values)
            }
            let after = ListPage.names(try await nodes[0].elements(of: method, by: 250, fields: fields, options))
            let (before, seen) = (Set(ListPage.names(whole)), ListPage.names(walked))
            let stood = after.filter(before.contains)
            let isEmpty = fields.contains("actor_id")  // nobody has done anything
            #expect(stood.isEmpty == isEmpty && before.count == whole.count, "\(list.path)\(fields)")
            #expect(Set(seen).count == seen.count, "\(list.path)\(fields): twice")
            #expect(seen.filter(Set(stood).contains) == stood, "\(list.path)\(fields): lost, or out of order")
          }
        }
      }
    }

    /// Rows for every request of every list, most of them with equal keys.
    private static func fill(_ shop: TestShop, owner: String) async throws -> ListValues {
      for number in -12..<0 { try await insertUser(shop, number) }
      try await shop.audit(7)
      return try await shop.run { database in
        try await database.execute(
          """
          UPDATE catalog.product
             SET price_minor = 1000 + price_minor % 3, units_sold = units_sold % 3, rating_count = 2,
                 rating_sum = 4 + rating_sum % 3, published_at = date_trunc('month', published_at), brand = 'Holt',
                 title = 'Desk ' || slug, created_at = date_trunc('month', created_at)
          """)
        _ = try await database.rows(
          "SELECT catalog.shelve_products(array_agg(id)) FROM catalog.product", access: .write)
        // No seller has as many as can be: one more would make another one leave the list.
        try await database.execute(
          """
          UPDATE catalog.variant v SET gtin = '4000000000013'
            FROM (SELECT id, row_number() OVER (PARTITION BY seller_id ORDER BY id) AS number
                    FROM catalog.variant
                   WHERE position = 1) n
           WHERE v.id = n.id AND n.number <= 4
          """)
        try await database.execute(
          """
          UPDATE catalog.variant SET gtin = '400000000' || lpad((get_byte(uuid_send(id), 15) % 20 + 20)::text, 4, '0')
           WHERE position = 2 AND get_byte(uuid_send(id), 14) % 2 = 0
          """)
        try await database.execute(
          "INSERT INTO catalog.product_page (id) SELECT platform.uuid_v7() FROM generate_series(1, 9)")
        try await database.execute(
          """
          INSERT INTO security.event (kind, at, user_id)
          SELECT 'new_device', now(), \(owner)::uuid FROM generate_series(1, 9)
          """)
        try await database.execute(
          """
          INSERT INTO inventory.stock_rules (variant_id, seller_id, low_stock_threshold, is_low)
          SELECT s.variant_id, s.seller_id, 1000000, true FROM inventory.stock s ORDER BY s.variant_id LIMIT 30
              ON CONFLICT ON CONSTRAINT stock_rules_pkey DO UPDATE SET is_low = true
          """)
        let rows = try await database.rows(
          """
          SELECT c.parent_id AS category, p.seller_id AS seller,
                 (SELECT min(s.variant_id::text) FROM inventory.stock s WHERE s.product_id = p.id) AS variant
            FROM catalog.product p JOIN catalog.category c ON c.id = p.category_id
           ORDER BY count(*) OVER (PARTITION BY c.parent_id) + count(*) OVER (PARTITION BY p.seller_id) DESC LIMIT 1
          """)
        let row = try #require(rows.first)
        var values = ListValues()
        (values.category, values.seller, values.user) = (try row.string("category"), try row.string("seller"), owner)
        values.variant = try row.string("variant")
        try await fillStock(database, values.variant)
        values.collection = try await fillCollections(database)
        values.priceList = try await fillPrices(database, values.variant, of: values.seller)
        values.product = try await fillChannels(database)
        try await fillCoupons(database, of: values.seller)
        try await ListChange.fillTaxes(database, owner)
        return values
      }
    }

    /// Seven warehouses of each seller, and some movements and reservations of each variant, most of `variant`.
    private static func fillStock(_ database: Database, _ variant: String) async throws {
      try await database.execute(
        """
        INSERT INTO inventory.warehouse (seller_id, name)
        SELECT w.seller_id, 'Outlet' FROM inventory.warehouse w, generate_series(1, 6)
        """)
      try await database.execute("UPDATE inventory.stock SET on_hand = on_hand + 100")
      try await database.execute(
        """
        INSERT INTO inventory.movement (variant_id, seller_id, delta, reason, on_hand, version)
        SELECT s.variant_id, s.seller_id, 1, 'counted', 1, 10 + n FROM inventory.stock s, generate_series(1, 7) n
         WHERE n = 1 OR s.variant_id = \(variant)::uuid
        """)
      try await database.execute(
        """
        INSERT INTO inventory.reservation (reservation_id, variant_id, warehouse_id, seller_id, quantity, allocation,
                                           created_at, expires_at)
        SELECT platform.uuid_v7(), s.variant_id, s.seller_id, s.seller_id, 1, 'whole', now(), now() + interval '1 day'
          FROM inventory.stock s, generate_series(1, 9) n
         WHERE n = 1 OR s.variant_id = \(variant)::uuid
        """)
    }

    /// Nine coupons of the seller that are as old as each other, and codes of the demo shop's first coupon.
    private static func fillCoupons(_ database: Database, of seller: String) async throws {
      try await database.execute(
        """
        INSERT INTO promotions.coupon (id, seller_id, name, is_automatic, effect, is_stackable, priority, created_at,
                                       updated_at)
        SELECT platform.uuid_v7(), \(seller)::uuid, 'Of the list', false, '{"percentage": {"basisPoints": 1000}}',
               false, 100, now(), now()
          FROM generate_series(1, 9)
        """)
      try await database.execute(
        """
        INSERT INTO promotions.coupon_code (id, coupon_id, code, batch_id, uses_max, created_at)
        SELECT platform.uuid_v7(), b.coupon_id, 'LIST' || n, b.id, 1, now()
          FROM promotions.coupon_batch b, generate_series(1, 9) n
        """)
    }

    /// Nine collections, and the products of one of them, two at each place: its id.
    private static func fillCollections(_ database: Database) async throws -> String {
      let rows = try await database.rows(
        """
        INSERT INTO catalog.collection (id, slug, title, position)
        SELECT platform.uuid_v7(), 'gifts-' || n, 'Gifts', n % 3 FROM generate_series(1, 9) n
        RETURNING id
        """, access: .write)
      let collection = try #require(rows.first).string("id")
      try await database.execute(
        """
        INSERT INTO catalog.collection_product (collection_id, product_id, position)
        SELECT \(collection)::uuid, p.id, row_number() OVER (ORDER BY p.id) / 2
          FROM catalog.product p
         WHERE get_byte(uuid_send(p.id), 15) % 4 <> 0
        """)
      return collection
    }

    /// Seven price lists of the seller, and seven prices of the variant in one of them: its id.
    private static func fillPrices(
      _ database: Database, _ variant: String, of seller: String
    ) async throws -> String {
      let lists = try await database.rows(
        """
        INSERT INTO catalog.price_list (seller_id, title, channel, currency)
        SELECT \(seller)::uuid, 'Web', 'web-' || n, 'EUR' FROM generate_series(1, 7) n
        RETURNING id
        """, access: .write
      ).map { try $0.string("id") }
      let list = try #require(lists.first)
      try await database.execute(
        """
        INSERT INTO catalog.price (seller_id, variant_id, price_list_id, quantity_min, price_minor, currency, starts_at)
        SELECT \(seller)::uuid, \(variant)::uuid, \(list)::uuid, n, 100, 'EUR', date_trunc('month', now())
          FROM generate_series(1, 7) n
        """)
      return list
    }

    /// Seven channels, which list some products, one of them in all; and one that lists all products: the product's id.
    private static func fillChannels(_ database: Database) async throws -> String {
      try await database.execute(
        """
        INSERT INTO catalog.channel (code, title, currency) SELECT 'z-' || n, 'Walk', 'EUR' FROM generate_series(1, 7) n
        """)
      let rows = try await database.rows(
        """
        INSERT INTO catalog.channel_listing (product_id, channel_id, seller_id, is_listed)
        SELECT p.id, c.id, p.seller_id, true
          FROM catalog.channel c, (SELECT * FROM catalog.product WHERE status = 'active') p
         WHERE c.code = 'wholesale' OR p.id = (SELECT min(id::text)::uuid FROM catalog.product WHERE status = 'active')
            ON CONFLICT ON CONSTRAINT channel_listing_pkey DO UPDATE SET is_listed = true, visible_from = NULL
        RETURNING product_id
        """, access: .write)
      #expect(rows.count > 20)
      return try #require(
        try await database.rows("SELECT min(id::text) AS id FROM catalog.product WHERE status = 'active'").first
      ).string("id")
    }

    /// One element comes, with keys that others have, and another one goes where that is possible.
    private static func change(_ path: String, _ shop: TestShop, _ round: Int, _ values: ListValues) async throws {
      switch path.split(separator: "/").last {
      case "ListProducts", "ListManagedProducts": try await changeProducts(shop, round)
      case "ListUsers": try await insertUser(shop, round)
      case "ListAuditEntries": try await shop.audit(1)
      default: break
      }
      let user = values.user
      let statements = ListChange.statements(of: path)
      _ = try await shop.run { database in
        for statement in statements { try await database.execute(statement(round, user)) }
      }
    }

    private static func insertUser(_ shop: TestShop, _ number: Int) async throws {
      _ = try await shop.run { database in
        try await database.execute(
          """
          INSERT INTO identity.user (email, email_key, display_name, role, disabled_at)
          SELECT n.email, n.email, 'Walker', 'support', now() FROM (SELECT 'walk' || \(number)::int || '@b' AS email) n
          """)
      }
    }

    /// A product comes with the keys of another one, and another one goes.
    private static func changeProducts(_ shop: TestShop, _ round: Int) async throws {
      _ = try await shop.run { database in
        try await database.execute(
          """
          INSERT INTO catalog.product (seller_id, category_id, slug, title, brand, status, price_minor, currency,
                                       rating_sum, rating_count, units_sold, published_at, created_at)
          SELECT seller_id, category_id, 'walk-' || \(round)::int, title, brand, 'active', price_minor, currency,
                 rating_sum, rating_count, units_sold, published_at, created_at
            FROM catalog.product WHERE status = 'active' ORDER BY random() LIMIT 1
          """)
        try await database.execute(
          """
          UPDATE catalog.product SET status = 'archived'
           WHERE id = (SELECT id FROM catalog.product WHERE slug LIKE 'walk%' AND status = 'active'
                        ORDER BY random() LIMIT 1)
          """)
        _ = try await database.rows(
          "SELECT catalog.shelve_products(array_agg(id)) FROM catalog.product WHERE slug LIKE 'walk%'", access: .write)
      }
    }
  }
}
