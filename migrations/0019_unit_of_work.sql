-- fastshop: compatible
-- What a transaction writes last goes to the server together with COMMIT: the statement itself must see that it has
-- written everything.

CREATE FUNCTION platform.require(holds boolean, what text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  IF holds IS NOT TRUE THEN
    RAISE EXCEPTION '%', what USING ERRCODE = 'FS002';
  END IF;
END
$$;
COMMENT ON FUNCTION platform.require(boolean, text) IS
  'Ends the transaction with an error of the code FS002 unless it holds.';
