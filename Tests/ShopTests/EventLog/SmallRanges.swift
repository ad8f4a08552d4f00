import Postgres

extension TestShop {
  /// Makes the ranges of an empty event log smaller: 100,000 numbers.
  func makeSmallRanges() async throws {
    try await run { database in
      try await database.execute(
        """
        DO $$
        DECLARE part regclass;
        BEGIN
          FOR part IN SELECT inhrelid::regclass FROM pg_inherits
                       WHERE inhparent IN ('platform.event'::regclass, 'platform.event_subject'::regclass)
                         AND inhrelid::regclass::text ~ '_r[0-9]+$'
          LOOP
            EXECUTE 'DROP TABLE ' || part;
          END LOOP;
        END $$
        """)
      try await database.execute(
        """
        CREATE OR REPLACE FUNCTION platform.event_range_size() RETURNS bigint
        LANGUAGE sql IMMUTABLE AS 'SELECT 100000::bigint'
        """)
    }
  }
}
