#!/usr/bin/env bash
# Builds the grpc-go client from Debian's packages, without a network.
# usage: build.sh DIRECTORY, in which everything is made; the program is DIRECTORY/client
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
protos=/usr/share/grpc-proto
files=(grpc/testing/empty.proto grpc/testing/messages.proto grpc/testing/test.proto)
package=interop/grpc_testing
load_files=(xds/data/orca/v3/orca_load_report.proto xds/service/orca/v3/orca.proto)
load_package=interop/orca

mapping=
for file in "${files[@]}"; do mapping+="M$file=$package,"; done
load_mapping=
for file in "${load_files[@]}"; do load_mapping+="M$file=$load_package,"; done
rm -rf "$out/src"
mkdir -p "$out/src/interop/client"
protoc -I"$protos" --go_out="$mapping:$out/src" --go-grpc_out="$mapping:$out/src" "${files[@]}"
protoc -I"$here/../proto" --go_out="$load_mapping:$out/src" --go-grpc_out="$load_mapping:$out/src" "${load_files[@]}"
cp "$here"/*.go "$out/src/interop/client/"
cd "$out/src/interop/client"
GO111MODULE=off GOFLAGS= GOPATH=$out:/usr/share/gocode GOCACHE=$out/cache go build -o "$out/client" interop/client
