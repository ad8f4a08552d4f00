-- fastshop: compatible
-- Other modules see from when a product can be bought: nobody is told before that it is back in stock.

CREATE OR REPLACE VIEW catalog.product_sight AS
SELECT p.id, p.seller_id, p.status = 'active' AND NOT s.is_hidden AS is_on_sale, p.buyable_from
  FROM catalog.product p JOIN catalog.seller s ON s.id = p.seller_id;
COMMENT ON VIEW catalog.product_sight IS
  'Which products everybody sees, whose the others are, and from when each can be bought. For other modules.';
