#!/usr/bin/env bash
# Writes the reference of the API: docs/api.md, docs/api/ and docs/errors.md.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build --product api-reference >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
Scripts/describe-api.sh "$work/api.binpb"
rm -rf docs/api
"$(swift build --show-bin-path)/api-reference" --descriptors "$work/api.binpb" --into docs
