#!/usr/bin/env bash
# Signs in as the demo shop's administrator and writes the access token.
# Usage: Scripts/demo-token.sh [BINARY [ADDRESS [PASSWORD_FILE]]], by default as `make run` has them.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-.build/release/fastshop}
address=${2:-${FASTSHOP_ADDRESS:-127.0.0.1:8080}}
password_file=${3:-${FASTSHOP_DATA_DIR:-data}/demo-password}
request="{\"email\": \"admin@example.com\", \"password\": \"$(<"$password_file")\"}"
# By standard input: on a command line others could see the password.
"$binary" call --address "$address" --compact fastshop.identity.v1.AuthService/SignIn - <<<"$request" |
  sed --quiet --regexp-extended 's/.*"access_token": ?"([^"]+)".*/\1/p'
