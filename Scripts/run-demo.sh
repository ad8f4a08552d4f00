#!/usr/bin/env bash
# Builds and runs the demo shop, and prints commands to try. Ends with Ctrl-C.
# CONFIGURATION=debug builds faster; the server's own settings (FASTSHOP_LISTEN, DATABASE_URL, …) pass through.
set -euo pipefail
cd "$(dirname "$0")/.."

configuration=${CONFIGURATION:-release}
binary=.build/$configuration/fastshop
export FASTSHOP_LISTEN=${FASTSHOP_LISTEN:-127.0.0.1:8080}
export FASTSHOP_TLS_LISTEN=${FASTSHOP_TLS_LISTEN:-127.0.0.1:8443}
# Developers call more often than users of a real shop, and from web pages on any port of this machine.
export FASTSHOP_ALLOWED_ORIGINS=${FASTSHOP_ALLOWED_ORIGINS:-http://localhost:*,http://127.0.0.1:*,https://localhost:*}
readonly raised=10000/min,browse=10000/min,credentials=10000/min,stream=10000/min,bulk=10000/min,session=10000/min
export FASTSHOP_RATE_SIGNED_IN=${FASTSHOP_RATE_SIGNED_IN:-$raised}
export FASTSHOP_RATE_PUBLIC=${FASTSHOP_RATE_PUBLIC:-$raised}
readonly open_seconds_max=120

is_open() {
  "$binary" call --address "$FASTSHOP_LISTEN" grpc.health.v1.Health/Check '{}' 2>/dev/null | grep --quiet '"SERVING"'
}

echo "==> Building ($configuration)"
swift build --configuration "$configuration" --product fastshop

# Otherwise a server that already uses the address would be taken for this one.
if is_open; then
  echo "A shop already serves at $FASTSHOP_LISTEN. Use other addresses and another directory for this one:" >&2
  echo "  FASTSHOP_LISTEN=127.0.0.1:8090 FASTSHOP_TLS_LISTEN=127.0.0.1:8453 \\" >&2
  echo "  FASTSHOP_DATA_DIR=/var/tmp/fastshop-2 make run" >&2
  exit 1
fi

# The password of the demo shop's administrator is generated once.
password_file=${FASTSHOP_DATA_DIR:-data}/demo-password
if [[ ! -s $password_file ]]; then
  mkdir -p "${password_file%/*}"
  (umask 077 && head -c 18 /dev/urandom | base64 >"$password_file")
fi
FASTSHOP_ADMIN_PASSWORD=$(<"$password_file")
export FASTSHOP_ADMIN_PASSWORD

echo "==> Starting the demo shop"
"$binary" serve --demo &
server=$!
# Ctrl-C reaches the server directly. Other signals that end this script end the server, too.
trap 'kill -TERM "$server" 2>/dev/null || true' TERM
trap : INT

for ((waited = 0; waited < open_seconds_max * 4; waited++)); do
  kill -0 "$server" 2>/dev/null || { wait "$server"; exit; }
  is_open && break
  sleep 0.25
done

cat <<END

FastShop is running: gRPC at $FASTSHOP_LISTEN in clear text and at $FASTSHOP_TLS_LISTEN over TLS. Ctrl-C stops it.
What to try, in another terminal in this directory:

  # once: install what the Python client needs, in .venv
  make python

  # list the categories and three pages of products with Python and grpcio
  .venv/bin/python Clients/python/browse.py $FASTSHOP_LISTEN

  # make one call with FastShop's own client
  $binary call --address $FASTSHOP_LISTEN fastshop.catalog.v1.CatalogService/ListProducts '{"page_size": 3}'

  # sign in as admin@example.com, so that this terminal can make changes for ten minutes
  export FASTSHOP_TOKEN=\$(Scripts/demo-token.sh $binary $FASTSHOP_LISTEN $(printf %q "$password_file"))

  # watch stock changes with Python and grpcio: leave it running, and run the command that it prints
  .venv/bin/python Clients/python/watch_inventory.py $FASTSHOP_LISTEN

END

# A signal interrupts `wait`, and the server needs time to shut down.
status=0
while kill -0 "$server" 2>/dev/null; do
  wait "$server" && status=0 || status=$?
done
exit "$status"
