internal import Postgres

/// Empties the shop's tables and drops their indexes and constraints while they are filled. Building an index at the
/// end takes a tenth of the time of updating it row by row.
struct BulkLoad {
  /// Sellers want to know in time when so few are left of what sells well.
  private static let lowStockThreshold = 10
  private static let bestsellerUnitsMin = 100
  /// Shoppers who are about to pay.
  private static let checkouts = 5
  private static let checkoutHours = 24
  /// Sellers with price lists: one for all, with prices of quantities, and one for business customers.
  private static let listSellers = 4
  /// Products that the wholesale channel shows, and those that the web shop does not, at most.
  private static let wholesaleMax: Int64 = 1_000
  private static let excludedMax: Int64 = 100
  /// Goods that several sellers offer: so many for each seller and branch of the tree, among the first products.
  private static let sharedGoods = 3
  private static let sharingSellersMax = 4
  private static let sharedProducts = 2_000

  let transaction: Transaction
  private let currency: String

  init(_ transaction: Transaction, currency: String) {
    self.transaction = transaction
    self.currency = currency
  }

  /// Lets one load run at a time, for as long as it takes.
  func begin() async throws(PostgresError) {
    try await transaction.execute(
      """
      SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true),
             set_config('idle_in_transaction_session_timeout', '0', true),
             set_config('maintenance_work_mem', '256MB', true), set_config('work_mem', '64MB', true),
             set_config('synchronous_commit', 'off', true)
      """)
    try await transaction.execute("SELECT pg_advisory_xact_lock(hashtext('demo shop'))")
  }

  /// Leaves the tables empty and bare.
  func clear() async throws(PostgresError) {
    try await transaction.execute(
      """
      CREATE TEMP TABLE filled ON COMMIT DROP AS
      SELECT string_agg(c.oid::regclass::text, ', ') AS tables
        FROM pg_class c
       WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
         AND c.relnamespace IN ('catalog'::regnamespace, 'inventory'::regnamespace)
      """)
    // Servers take this lock before they touch the tables.
    try await transaction.execute("SELECT catalog.lock_tree()")
    try await transaction.execute("DO $$BEGIN EXECUTE (SELECT 'TRUNCATE ' || tables FROM filled); END$$")
    try await transaction.execute(
      """
      CREATE TEMP TABLE set_aside ON COMMIT DROP AS
      SELECT o.conrelid::regclass AS owner, o.conname AS name, array_position('{p,u,f}', o.contype) AS rank,
             format('ALTER TABLE %s ADD CONSTRAINT %I %s', o.conrelid::regclass, o.conname,
                    pg_get_constraintdef(o.oid)) AS restore
        FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
       WHERE o.contype IN ('p', 'u', 'f') AND NOT c.relispartition
         AND o.connamespace IN ('catalog'::regnamespace, 'inventory'::regnamespace)
       UNION ALL
      SELECT i.indexrelid::regclass, c.relname, 2.5,
             replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       WHERE NOT c.relispartition AND c.relnamespace IN ('catalog'::regnamespace, 'inventory'::regnamespace)
         AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid)
      """)
    try await transaction.execute(
      """
      DO $$
      DECLARE
        thing record;
      BEGIN
        ALTER TABLE catalog.shelf DISABLE TRIGGER USER;
        -- The files of images are written as being shown.
        ALTER TABLE catalog.image DISABLE TRIGGER image_shows_file;
        FOR thing IN SELECT * FROM set_aside ORDER BY rank DESC LOOP
          EXECUTE CASE thing.rank
                    WHEN 2.5 THEN format('DROP INDEX %s', thing.owner)
                    ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', thing.owner, thing.name)
                  END;
        END LOOP;
      END
      $$
      """)
  }

  /// Derives what follows from the products, and puts the indexes and constraints back.
  func finish() async throws(PostgresError) {
    try await transaction.execute(
      """
      INSERT INTO catalog.shelf
             (category_id, product_id, seller_id, brand, price_minor, rating_score, units_sold, published_at)
      SELECT above.id, p.id, p.seller_id, p.brand, p.price_minor, p.rating_score, p.units_sold, p.published_at
        FROM catalog.product p
        JOIN catalog.category c ON c.id = p.category_id
       CROSS JOIN LATERAL unnest(c.lineage) AS above (id)
       WHERE p.status = 'active'
      """)
    try await transaction.execute(
      """
      INSERT INTO catalog.product_type (title, attributes)
      VALUES ('Clothing', '[{"code": "size", "title": "Size", "kind": "ATTRIBUTE_KIND_CHOICE",
                             "choices": ["S", "M", "L", "XL"], "isRequired": true, "isVariantAxis": true},
                            {"code": "material", "title": "Material", "kind": "ATTRIBUTE_KIND_TEXT"}]'),
             ('Lamps', '[{"code": "power", "title": "Power", "kind": "ATTRIBUTE_KIND_NUMBER", "unit": "W",
                          "isFilterable": true},
                         {"code": "dimmable", "title": "Dimmable", "kind": "ATTRIBUTE_KIND_FLAG"}]')
      """)
    try await transaction.execute(
      """
      INSERT INTO inventory.movement (variant_id, seller_id, delta, reason, note, on_hand, version)
      SELECT s.variant_id, s.seller_id, s.on_hand, 'received', 'first delivery', s.on_hand, s.version
        FROM inventory.stock s
       WHERE s.on_hand > 0
      """)
    try await transaction.execute(
      """
      INSERT INTO inventory.stock_rules (variant_id, seller_id, low_stock_threshold, is_low, version)
      SELECT s.variant_id, s.seller_id, \(Self.lowStockThreshold),
             inventory.is_low(s.on_hand - s.reserved, \(Self.lowStockThreshold)), 2
        FROM inventory.stock s
        JOIN catalog.product p ON p.id = s.product_id
       WHERE p.units_sold >= \(Self.bestsellerUnitsMin)
      """)
    try await transaction.execute("INSERT INTO catalog.shop_currency (code) VALUES (\(currency))")
    try await fillPriceLists()
    try await shareGoods()
    try await transaction.execute(
      """
      DO $$
      DECLARE
        thing record;
      BEGIN
        FOR thing IN SELECT * FROM set_aside ORDER BY rank, name LOOP
          EXECUTE thing.restore;
        END LOOP;
        ALTER TABLE catalog.shelf ENABLE TRIGGER USER;
        ALTER TABLE catalog.image ENABLE TRIGGER image_shows_file;
      END
      $$
      """)
    try await transaction.execute(
      """
      INSERT INTO inventory.reservation (reservation_id, variant_id, warehouse_id, seller_id, quantity, allocation,
                                         created_at, expires_at)
      SELECT platform.uuid_v7(), s.variant_id, s.seller_id, s.seller_id, 1, 'whole', now(),
             now() + \(Self.checkoutHours) * interval '1 hour'
        FROM inventory.stock s
       WHERE s.on_hand > \(Self.lowStockThreshold) + 1
       ORDER BY s.variant_id
       LIMIT \(Self.checkouts)
      """)
    try await fillChannels()
    try await fillRulesOfPrices()
    try await transaction.execute("SELECT catalog.count_products()")
    try await transaction.execute("DO $$BEGIN EXECUTE (SELECT 'ANALYZE ' || tables FROM filled); END$$")
  }

  private func fillRulesOfPrices() async throws(PostgresError) {
    try await fillCoupons()
    try await fillTaxes()
  }

  /// A coupon with a code that everybody may use, and others for one order; and one that needs no code.
  private func fillCoupons() async throws(PostgresError) {
    try await transaction.execute("TRUNCATE promotions.coupon CASCADE")
    try await transaction.execute(
      """
      INSERT INTO promotions.coupon (id, name, code, is_automatic, effect, conditions, uses_per_buyer_max,
                                     is_stackable, priority, created_at, updated_at)
      VALUES ('00000000-0000-8000-8020-000000000001', 'Ten percent off', 'WELCOME10', false,
              '{"percentage": {"basisPoints": 1000}}', NULL, 1, false, 100, '2024-01-01 00:00Z', '2024-01-01 00:00Z'),
             ('00000000-0000-8000-8020-000000000002', 'Free shipping from 50', NULL, true,
              '{"shipping": {"basisPoints": 10000}}', jsonb_build_object(
                'amountMin', jsonb_build_object('amountMinor', '5000', 'currency', \(currency)::text)),
              NULL, true, 200, '2024-01-02 00:00Z', '2024-01-02 00:00Z')
      """)
    try await transaction.execute(
      """
      INSERT INTO promotions.coupon_counter (coupon_id, codes)
      SELECT c.id, CASE WHEN c.is_automatic THEN 0 ELSE 3 END FROM promotions.coupon c
      """)
    try await transaction.execute(
      """
      INSERT INTO promotions.coupon_batch (id, coupon_id, prefix, wanted, made, uses_max, created_at, completed_at)
      VALUES ('00000000-0000-8000-8020-000000000001', '00000000-0000-8000-8020-000000000001', 'DEMO', 3, 3, 1,
              '2024-01-01 00:00Z', '2024-01-01 00:00Z')
      """)
    try await transaction.execute(
      """
      INSERT INTO promotions.coupon_code (id, coupon_id, code, batch_id, uses_max, created_at)
      SELECT ('00000000-0000-8000-8020-00000000000' || n)::uuid, c.id,
             CASE WHEN n = 1 THEN c.code ELSE 'DEMO000' || n END, CASE WHEN n > 1 THEN c.id END,
             CASE WHEN n > 1 THEN 1 END, c.created_at
        FROM promotions.coupon c, generate_series(1, 4) n
       WHERE NOT c.is_automatic
      """)
  }

  /// The shop's own channel shows everything but what sells worst. The wholesale channel shows the best-sold quarter,
  /// some of which can be bought later. Triggers write the rows that lists of a channel read.
  private func fillChannels() async throws(PostgresError) {
    try await transaction.execute(
      """
      INSERT INTO catalog.channel (code, title, storefront_url, currency, language, is_active, assortment)
      VALUES ('web', 'Web shop', 'https://shop.example/', \(currency), '', true, 'all'),
             ('wholesale', 'Wholesale', 'https://wholesale.example/', \(currency), 'de', true, 'listed')
      """)
    try await transaction.execute(
      """
      INSERT INTO catalog.channel_listing (product_id, channel_id, seller_id, is_listed, buyable_from)
      SELECT p.id, c.id, p.seller_id, true,
             CASE WHEN p.place <= 2 THEN date_trunc('day', now()) + interval '30 days' END
        FROM catalog.channel c,
             (SELECT b.id, b.seller_id, row_number() OVER (ORDER BY b.units_sold DESC, b.id) AS place
                FROM catalog.product b
               WHERE b.status = 'active'
               ORDER BY b.units_sold DESC, b.id
               LIMIT least(\(Self.wholesaleMax), (SELECT count(*) / 4 + 2 FROM catalog.product))) p
       WHERE c.code = 'wholesale'
      """)
    try await transaction.execute(
      """
      INSERT INTO catalog.channel_listing (product_id, channel_id, seller_id, is_listed)
      SELECT p.id, c.id, p.seller_id, false
        FROM catalog.channel c,
             (SELECT b.id, b.seller_id
                FROM catalog.product b
               WHERE b.status = 'active'
               ORDER BY b.units_sold, b.id
               LIMIT least(\(Self.excludedMax), (SELECT count(*) / 10 FROM catalog.product))) p
       WHERE c.code = 'web'
      """)
  }

  /// Some products of several sellers have the same GTIN-13: `400`, nine digits that count the goods, and the check
  /// digit.
  private func shareGoods() async throws(PostgresError) {
    try await transaction.execute(
      """
      WITH own AS (
        SELECT p.id, p.seller_id, c.lineage[1] AS branch,
               row_number() OVER (PARTITION BY c.lineage[1], p.seller_id ORDER BY p.id) AS number
          FROM (SELECT * FROM catalog.product WHERE status = 'active' ORDER BY id LIMIT \(Self.sharedProducts)) p
          JOIN catalog.category c ON c.id = p.category_id
      ), shared AS (
        SELECT o.id, o.branch, o.number, count(*) OVER good AS sellers,
               row_number() OVER (good ORDER BY o.seller_id) AS place
          FROM own o
         WHERE o.number <= \(Self.sharedGoods)
        WINDOW good AS (PARTITION BY o.branch, o.number)
      ), numbered AS (
        SELECT s.id, '400' || lpad(dense_rank() OVER (ORDER BY s.branch, s.number)::text, 9, '0') AS digits
          FROM shared s
         WHERE s.sellers > 1 AND s.place <= \(Self.sharingSellersMax)
      )
      UPDATE catalog.variant v
         SET gtin = n.digits || (10 - (SELECT sum(substr(n.digits, i, 1)::int * CASE i % 2 WHEN 1 THEN 1 ELSE 3 END)
                                         FROM generate_series(1, 12) i) % 10) % 10
        FROM numbered n
       WHERE v.product_id = n.id AND v.position = 1
      """)
  }

  /// What sells well is cheaper by the dozen, and for business customers.
  private func fillPriceLists() async throws(PostgresError) {
    try await transaction.execute(
      """
      INSERT INTO catalog.price_list (seller_id, title, segment, currency)
      SELECT s.id, t.title, t.segment, \(currency)
        FROM (SELECT id FROM catalog.seller ORDER BY id LIMIT \(Self.listSellers)) s,
             (VALUES ('Quantity prices', ''), ('Business customers', 'business')) t (title, segment)
      """)
    try await transaction.execute(
      """
      INSERT INTO catalog.price (seller_id, variant_id, price_list_id, quantity_min, price_minor, currency)
      SELECT v.seller_id, v.id, l.id, b.quantity_min, v.price_minor * b.percent / 100, l.currency
        FROM catalog.price_list l
        JOIN catalog.product p ON p.seller_id = l.seller_id AND p.units_sold >= \(Self.bestsellerUnitsMin)
        JOIN catalog.variant v ON v.product_id = p.id
        JOIN (VALUES ('', 12, 95), ('', 48, 90), ('business', 1, 90), ('business', 12, 80))
             b (segment, quantity_min, percent) ON b.segment = l.segment
      """)
  }
}
