-- The table that GetProduct reads, the same for ours, for gRPC C++ and for pgbench: 100,000 rows, all in memory.
CREATE TABLE products (
  id text PRIMARY KEY,
  slug text NOT NULL,
  title text NOT NULL,
  description text NOT NULL,
  brand text NOT NULL,
  category_id text NOT NULL,
  seller_id text NOT NULL,
  price_minor bigint NOT NULL,
  currency text NOT NULL,
  rating double precision NOT NULL,
  rating_count int NOT NULL
);

INSERT INTO products (id, slug, title, description, brand, category_id, seller_id,
                      price_minor, currency, rating, rating_count)
SELECT 'prod-' || lpad(n::text, 8, '0'),
       'a-fine-product-' || n,
       'A fine product number ' || n,
       rpad('Description of product ' || n || '. ', 300, 'Lorem ipsum dolor sit amet, '),
       'brand-' || n % 200,
       'category-' || n % 50,
       'seller-' || n % 1000,
       1000 + n % 90000,
       'EUR',
       3.0 + (n % 20) / 10.0,
       n % 5000
  FROM generate_series(0, 99999) AS n;

VACUUM (ANALYZE, FREEZE) products;
