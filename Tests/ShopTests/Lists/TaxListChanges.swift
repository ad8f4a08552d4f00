import Postgres

/// The lists of taxes.
extension ListChange {
  static let taxRates: [Statement] = [
    { round, _ in
      """
      INSERT INTO taxes.tax_rate (title, country, category, rate_millionths)
      VALUES ('Walk', 'AT', 'walk-' || \(round)::int, 1)
      """
    },
    { round, _ in "DELETE FROM taxes.tax_rate WHERE category = 'walk-' || \(round - 2)::int" },
  ]

  static let taxCategories: [Statement] = [
    { round, _ in
      """
      INSERT INTO taxes.category_assignment (subject_id, category)
      VALUES (platform.uuid_v7(), 'walk-' || \(round)::int)
      """
    },
    { round, _ in "DELETE FROM taxes.category_assignment WHERE category = 'walk-' || \(round - 2)::int" },
  ]

  static let taxExemptions: [Statement] = [
    { round, user in
      """
      INSERT INTO taxes.exemption (user_id, reason, created_at)
      VALUES (\(user)::uuid, 'Walk ' || \(round)::int, date_trunc('month', now()))
      """
    },
    { round, _ in "DELETE FROM taxes.exemption WHERE reason = 'Walk ' || \(round - 2)::int" },
  ]

  /// Nine rows of each list, with equal keys.
  static func fillTaxes(_ database: Database, _ user: String) async throws {
    try await database.execute(
      """
      INSERT INTO taxes.tax_rate (title, country, category, rate_millionths)
      SELECT 'VAT', 'AT', 'c-' || n, 200000 FROM generate_series(1, 9) n
      """)
    try await database.execute(
      """
      INSERT INTO taxes.category_assignment (subject_id, category)
      SELECT platform.uuid_v7(), 'reduced' FROM generate_series(1, 9) n
      """)
    try await database.execute(
      """
      INSERT INTO taxes.exemption (user_id, reason, created_at)
      SELECT \(user)::uuid, 'A school', date_trunc('month', now()) FROM generate_series(1, 9) n
      """)
  }
}
