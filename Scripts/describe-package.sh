#!/usr/bin/env bash
# Writes the package as JSON: its targets, their dependencies, and its layers from the top, as products.
set -euo pipefail
cd "$(dirname "$0")/.."
# The manifest is only read, so there is no need to wait for a build.
FASTSHOP_LAYERS=1 exec swift package --ignore-lock dump-package
