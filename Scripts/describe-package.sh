#!/usr/bin/env bash
# Writes the package as JSON: its targets, what each uses, and its floors, from the top, as products.
set -euo pipefail
cd "$(dirname "$0")/.."
# Reading the manifest changes nothing, so it need not wait for a build.
FASTSHOP_FLOORS=1 exec swift package --ignore-lock dump-package
