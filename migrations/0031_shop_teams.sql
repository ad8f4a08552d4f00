-- fastshop: compatible
-- The people of a shop may do different things, and are invited by their shop.

-- The constraints are validated later: sign-ins would wait while the rows are read.
ALTER TABLE identity.user ADD COLUMN shop_role text;
ALTER TABLE identity.user
  ADD CONSTRAINT user_shop_role_is_known
    CHECK (shop_role IN ('owner', 'manager', 'catalog', 'fulfilment')) NOT VALID;
COMMENT ON COLUMN identity.user.shop_role IS
  'What a user with the role seller may do in their shop; null for an owner whom an earlier release made. It means '
  'nothing with other roles.';

-- Access tokens say what their user may do in the shop, too.
DROP TRIGGER user_ends_tokens ON identity.user;
CREATE TRIGGER user_ends_tokens BEFORE UPDATE OF role, seller_id, shop_role, disabled_at ON identity.user
  FOR EACH ROW
  WHEN ((OLD.role, OLD.seller_id, OLD.shop_role, OLD.disabled_at)
        IS DISTINCT FROM (NEW.role, NEW.seller_id, NEW.shop_role, NEW.disabled_at)
        AND OLD.token_version = NEW.token_version)
  EXECUTE FUNCTION identity.end_tokens_of_user();

ALTER TABLE identity.invitation ADD COLUMN seller_id uuid, ADD COLUMN shop_role text;
ALTER TABLE identity.invitation
  ADD CONSTRAINT invitation_shop_role_is_known
    CHECK (shop_role IN ('owner', 'manager', 'catalog', 'fulfilment')) NOT VALID,
  ADD CONSTRAINT invitation_to_a_shop_has_a_role CHECK (
    (seller_id IS NULL) = (shop_role IS NULL) AND (seller_id IS NULL OR role = 'seller')) NOT VALID;
COMMENT ON COLUMN identity.invitation.seller_id IS
  'The shop whose team the person is invited to; null for an invitation to work for the platform.';
COMMENT ON COLUMN identity.invitation.shop_role IS
  'What the person will be allowed to do in that shop; null without one.';

-- What other modules may know of teams.

CREATE VIEW identity.shop_member AS
SELECT u.id AS user_id, u.seller_id, coalesce(u.shop_role, 'owner') AS role, u.email, u.display_name,
       u.disabled_at IS NOT NULL AS is_disabled
  FROM identity.user u
 WHERE u.role = 'seller' AND u.seller_id IS NOT NULL;
COMMENT ON VIEW identity.shop_member IS 'The people who run shops. For other modules.';

CREATE VIEW identity.shop_invitation AS
SELECT i.id, i.seller_id, i.shop_role AS role, i.email, i.email_key, i.expires_at
  FROM identity.invitation i
 WHERE i.seller_id IS NOT NULL AND i.accepted_at IS NULL AND i.revoked_at IS NULL;
COMMENT ON VIEW identity.shop_invitation IS
  'Invitations to teams that were neither accepted nor revoked; they may have expired. For other modules.';
