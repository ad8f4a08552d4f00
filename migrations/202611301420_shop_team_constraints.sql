-- fastshop: compatible
-- fastshop: no-transaction
-- The index of the invitations to a team. Then validates the constraints of 0031_shop_teams.sql, without keeping
-- writers out.

CREATE INDEX CONCURRENTLY invitation_of_seller ON identity.invitation (seller_id, id)
  WHERE accepted_at IS NULL AND revoked_at IS NULL AND seller_id IS NOT NULL;

ALTER TABLE identity.user VALIDATE CONSTRAINT user_shop_role_is_known;
ALTER TABLE identity.invitation VALIDATE CONSTRAINT invitation_shop_role_is_known;
ALTER TABLE identity.invitation VALIDATE CONSTRAINT invitation_to_a_shop_has_a_role;
