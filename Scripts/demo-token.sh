#!/usr/bin/env bash
# Signs in as the demo shop's administrator and writes the access token.
# usage: demo-token.sh BINARY ADDRESS PASSWORD_FILE
set -euo pipefail
request="{\"email\": \"admin@example.com\", \"password\": \"$(<"$3")\"}"
# By standard input: on a command line others could see the password.
"$1" call --address "$2" --compact fastshop.identity.v1.AuthService/LogIn - <<<"$request" |
  sed --quiet --regexp-extended 's/.*"access_token": ?"([^"]+)".*/\1/p'
