internal import Postgres

extension BulkLoad {
  /// Rates of some countries and of two cities in the USA, tax categories of the first branches of the tree, and two
  /// companies without tax. What somebody has set stays.
  func fillTaxes() async throws(PostgresError) {
    try await transaction.execute("TRUNCATE taxes.tax_rate, taxes.category_assignment, taxes.exemption")
    try await transaction.execute(
      """
      INSERT INTO taxes.tax_rate (title, country, region, postal_from, postal_to, category, rate_millionths, place,
                                  applies_to_shipping)
      SELECT t.title, t.country, t.region, t.postal, t.postal, t.category, t.millionths, t.place, t.place = 1
        FROM (VALUES ('USt. 19 %', 'DE', '', '', '', 190000, 1), ('USt. 7 %', 'DE', '', '', 'reduced', 70000, 1),
                     ('USt. 20 %', 'AT', '', '', '', 200000, 1), ('USt. 10 %', 'AT', '', '', 'reduced', 100000, 1),
                     ('TVA 20 %', 'FR', '', '', '', 200000, 1), ('TVA 5,5 %', 'FR', '', '', 'reduced', 55000, 1),
                     ('GST', 'CA', '', '', '', 50000, 1), ('QST', 'CA', 'QC', '', '', 99750, 2),
                     ('New York State', 'US', 'NY', '', '', 40000, 1),
                     ('New York City', 'US', 'NY', '100', '', 45000, 2),
                     ('California', 'US', 'CA', '', '', 72500, 1), ('Los Angeles', 'US', 'CA', '900', '', 22500, 2))
             t (title, country, region, postal, category, millionths, place)
       WHERE NOT EXISTS (SELECT FROM taxes.tax_rate)
      """)
    try await transaction.execute(
      """
      INSERT INTO taxes.category_assignment (subject_id, category)
      SELECT c.id, 'reduced' FROM catalog.category c WHERE cardinality(c.lineage) = 1 ORDER BY c.id LIMIT 2
          ON CONFLICT DO NOTHING
      """)
    try await transaction.execute(
      """
      INSERT INTO taxes.exemption (tax_number, areas, reason)
      SELECT t.number, '[{"country": "US"}]', t.reason
        FROM (VALUES ('131740000', 'Public school, certificate 4711'), ('131740001', 'Public library'))
               t (number, reason)
       WHERE NOT EXISTS (SELECT FROM taxes.exemption)
      """)
  }
}
