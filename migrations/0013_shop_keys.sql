-- Sellers stay while somebody is given their shop, programs say whether they reach every shop, and lists have pages.

CREATE FUNCTION catalog.take_seller(seller uuid) RETURNS boolean
LANGUAGE sql VOLATILE
AS $$ SELECT EXISTS (SELECT FROM catalog.seller s WHERE s.id = seller FOR KEY SHARE) $$;
COMMENT ON FUNCTION catalog.take_seller(uuid) IS
  'Whether there is such a seller, who then stays until the transaction ends: what is given to a shop is given to one '
  'that exists. For other rooms.';

COMMENT ON COLUMN identity.api_key.seller_id IS
  'The shop that it is bound to; null for one that reaches every shop if it has the scope sellers.any, and else none.';
COMMENT ON COLUMN identity.certificate.seller_id IS
  'The shop that it is bound to; null for one that reaches every shop if it has the scope sellers.any, and else none.';

-- Programs for no shop reached every shop if their owner did. They go on doing so, and now say it.
UPDATE identity.api_key k
   SET scopes = k.scopes || ARRAY['sellers.any'], version = k.version + 1, updated_at = now()
  FROM identity.user u
 WHERE u.id = k.owner_id AND k.seller_id IS NULL AND k.revoked_at IS NULL AND NOT 'sellers.any' = ANY (k.scopes)
   AND k.scopes && ARRAY[
     'catalog.read', 'catalog.write', 'inventory.read', 'inventory.write', 'orders.read', 'orders.write',
     'payments.read', 'payments.refund', 'promotions.read', 'promotions.write', 'payouts.read', 'shipping.write',
     'reports.read', 'bulk.run']
   AND (u.role IN ('support', 'manager', 'admin')
        OR EXISTS (SELECT FROM identity.role r WHERE r.name = u.role AND 'sellers.any' = ANY (r.permissions)));
UPDATE identity.certificate c
   SET scopes = c.scopes || ARRAY['sellers.any']
  FROM identity.user u
 WHERE u.id = c.owner_id AND c.seller_id IS NULL AND c.revoked_at IS NULL AND NOT 'sellers.any' = ANY (c.scopes)
   AND c.scopes && ARRAY[
     'catalog.read', 'catalog.write', 'inventory.read', 'inventory.write', 'orders.read', 'orders.write',
     'payments.read', 'payments.refund', 'promotions.read', 'promotions.write', 'payouts.read', 'shipping.write',
     'reports.read', 'bulk.run']
   AND (u.role IN ('support', 'manager', 'admin')
        OR EXISTS (SELECT FROM identity.role r WHERE r.name = u.role AND 'sellers.any' = ANY (r.permissions)));

ALTER TABLE identity.role ADD COLUMN id uuid NOT NULL DEFAULT platform.uuid_v7();
COMMENT ON COLUMN identity.role.id IS 'UUID of version 7: the order in which roles are listed.';

CREATE UNIQUE INDEX role_by_id ON identity.role (id);
CREATE INDEX api_key_listed ON identity.api_key (id) WHERE revoked_at IS NULL;
CREATE INDEX api_key_of_seller ON identity.api_key (seller_id, id) WHERE revoked_at IS NULL;
CREATE INDEX certificate_listed ON identity.certificate (id) WHERE revoked_at IS NULL;
CREATE INDEX certificate_of_seller ON identity.certificate (seller_id, id) WHERE revoked_at IS NULL;
CREATE INDEX invitation_listed ON identity.invitation (id) WHERE accepted_at IS NULL AND revoked_at IS NULL;
