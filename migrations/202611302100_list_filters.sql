-- fastshop: compatible
-- fastshop: no-transaction
-- Lists of products with several filters. The indexes of the orders also have the columns of the filters. A walk along
-- an order then reads the index alone, and passes over what the filters, or a hidden seller, leave out.
-- They take the places of those of 0002_catalog.sql.

CREATE INDEX CONCURRENTLY product_by_age_covering ON catalog.product (published_at, id)
  INCLUDE (seller_id, price_minor) WHERE status = 'active';
CREATE INDEX CONCURRENTLY product_by_price_covering ON catalog.product (price_minor, id)
  INCLUDE (seller_id, published_at, rating_score, units_sold) WHERE status = 'active';
CREATE INDEX CONCURRENTLY product_by_rating_covering ON catalog.product (rating_score, id)
  INCLUDE (seller_id, price_minor) WHERE status = 'active';
CREATE INDEX CONCURRENTLY product_by_sales_covering ON catalog.product (units_sold, id)
  INCLUDE (seller_id, price_minor) WHERE status = 'active';
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_by_age;
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_by_price;
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_by_rating;
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_by_sales;

CREATE INDEX CONCURRENTLY product_of_seller_by_age_covering ON catalog.product (seller_id, published_at, id)
  INCLUDE (brand, price_minor) WHERE status = 'active';
CREATE INDEX CONCURRENTLY product_of_seller_by_price_covering ON catalog.product (seller_id, price_minor, id)
  INCLUDE (brand, published_at, rating_score, units_sold) WHERE status = 'active';
CREATE INDEX CONCURRENTLY product_of_seller_by_rating_covering ON catalog.product (seller_id, rating_score, id)
  INCLUDE (brand, price_minor) WHERE status = 'active';
CREATE INDEX CONCURRENTLY product_of_seller_by_sales_covering ON catalog.product (seller_id, units_sold, id)
  INCLUDE (brand, price_minor) WHERE status = 'active';
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_of_seller_by_age;
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_of_seller_by_price;
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_of_seller_by_rating;
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_of_seller_by_sales;

CREATE INDEX CONCURRENTLY product_of_brand_by_age_covering ON catalog.product (brand, published_at, id)
  INCLUDE (seller_id, price_minor) WHERE status = 'active';
CREATE INDEX CONCURRENTLY product_of_brand_by_price_covering ON catalog.product (brand, price_minor, id)
  INCLUDE (seller_id, published_at, rating_score, units_sold) WHERE status = 'active';
CREATE INDEX CONCURRENTLY product_of_brand_by_rating_covering ON catalog.product (brand, rating_score, id)
  INCLUDE (seller_id, price_minor) WHERE status = 'active';
CREATE INDEX CONCURRENTLY product_of_brand_by_sales_covering ON catalog.product (brand, units_sold, id)
  INCLUDE (seller_id, price_minor) WHERE status = 'active';
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_of_brand_by_age;
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_of_brand_by_price;
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_of_brand_by_rating;
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_of_brand_by_sales;

CREATE INDEX CONCURRENTLY shelf_by_age_covering ON catalog.shelf (category_id, published_at, product_id)
  INCLUDE (seller_id, brand, price_minor);
CREATE INDEX CONCURRENTLY shelf_by_price_covering ON catalog.shelf (category_id, price_minor, product_id)
  INCLUDE (seller_id, brand, published_at, rating_score, units_sold);
CREATE INDEX CONCURRENTLY shelf_by_rating_covering ON catalog.shelf (category_id, rating_score, product_id)
  INCLUDE (seller_id, brand, price_minor);
CREATE INDEX CONCURRENTLY shelf_by_sales_covering ON catalog.shelf (category_id, units_sold, product_id)
  INCLUDE (seller_id, brand, price_minor);
DROP INDEX CONCURRENTLY IF EXISTS catalog.shelf_by_age;
DROP INDEX CONCURRENTLY IF EXISTS catalog.shelf_by_price;
DROP INDEX CONCURRENTLY IF EXISTS catalog.shelf_by_rating;
DROP INDEX CONCURRENTLY IF EXISTS catalog.shelf_by_sales;

-- What two filters together match, when a walk along an order finds too little of it.

CREATE INDEX CONCURRENTLY shelf_of_brand_by_price ON catalog.shelf (category_id, brand, price_minor, product_id)
  INCLUDE (seller_id, published_at, rating_score, units_sold);
CREATE INDEX CONCURRENTLY shelf_of_seller_by_price ON catalog.shelf (category_id, seller_id, price_minor, product_id)
  INCLUDE (brand, published_at, rating_score, units_sold);
CREATE INDEX CONCURRENTLY product_of_seller_and_brand_by_price ON catalog.product (seller_id, brand, price_minor, id)
  INCLUDE (published_at, rating_score, units_sold) WHERE status = 'active';

-- The search for titles.

CREATE INDEX CONCURRENTLY product_by_search_title_covering
  ON catalog.product (left(platform.search_key(title), 100) COLLATE "C") INCLUDE (id, title, status, created_at);
CREATE INDEX CONCURRENTLY product_of_seller_by_search_title_covering
  ON catalog.product (seller_id, left(platform.search_key(title), 100) COLLATE "C")
  INCLUDE (id, title, status, created_at);
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_by_search_title;
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_of_seller_by_search_title;

-- The sellers that lists leave out: few.

CREATE INDEX CONCURRENTLY seller_hidden ON catalog.seller (id) WHERE is_hidden;
