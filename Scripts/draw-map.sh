#!/usr/bin/env bash
# Draws docs/map.svg from Package.swift.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build --product package-map
drawn=$(mktemp)
trap 'rm --force "$drawn"' EXIT
Scripts/describe-package.sh | .build/debug/package-map >"$drawn"
cat "$drawn" >docs/map.svg
