#!/usr/bin/env bash
# Writes the descriptors of Proto/fastshop and of all that it imports, with their comments, to FILE.
# usage: describe-api.sh FILE
set -euo pipefail
file=$(realpath "$1")
cd "$(dirname "$0")/.."
find Proto/fastshop -name '*.proto' -printf 'fastshop/%P\n' | LC_ALL=C sort |
  xargs protoc -IProto -I"$(pkg-config --variable=includedir protobuf)" --include_imports --include_source_info \
    --descriptor_set_out="$file"
