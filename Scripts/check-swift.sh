#!/usr/bin/env bash
# Refuses to go on without a Swift toolchain that is new enough, and says where to get one.
set -euo pipefail

wanted=6.3
found=$(swift --version 2>/dev/null | sed --quiet --regexp-extended 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' || true)
if [[ -z $found || $(printf '%s\n' "$wanted" "$found" | sort --version-sort | head -n 1) != "$wanted" ]]; then
  echo "FastShop needs Swift $wanted or newer (found: ${found:-none}). Install it from https://swift.org/install" >&2
  exit 1
fi
