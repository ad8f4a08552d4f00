#!/usr/bin/env bash
# Generates all generated code again: C with protoc-gen-c, Swift and the headers of the C modules with
# protoc-gen-fastshop.
# usage: generate-proto.sh [--into DIRECTORY] [--plugin PATH]
#   --into    write below DIRECTORY instead of this repository (the test that compares does so)
#   --plugin  use this protoc-gen-fastshop instead of building it
set -euo pipefail
cd "$(dirname "$0")/.."

into=.
plugin=
while (($#)); do
  case $1 in
  --into) into=$2 ;;
  --plugin) plugin=$2 ;;
  *) sed -n '2,7s/^# //p' "$0" >&2 && exit 64 ;;
  esac
  shift 2
done

if [[ -z $plugin ]]; then
  swift build --product protoc-gen-fastshop >&2
  plugin=$(swift build --show-bin-path)/protoc-gen-fastshop
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# protoc-gen-c without comments, so that a changed comment changes no C file. protoc-gen-c 1.4
# handles `optional` in proto3 files but does not say so: the feature is appended to its answer.
plugin=$(realpath "$plugin")
printf '#!/bin/sh\n"%s" strip | protoc-gen-c && printf "\\020\\001"\n' "$plugin" >"$work/protoc-gen-c-plain"
chmod +x "$work/protoc-gen-c-plain"
wellknown=$(pkg-config --variable=includedir protobuf)

# Replaces the generated files of DESTINATION with those of SOURCE. Unchanged files keep their time, so that nothing is
# rebuilt.
install_tree() { # SOURCE DESTINATION
  (cd "$1" && find . -type f) | while read -r file; do
    cmp -s "$1/$file" "$2/$file" || install -D -m 644 "$1/$file" "$2/$file"
  done
  (cd "$2" && find . -type f) | while read -r file; do
    [[ -e $1/$file ]] || rm "$2/$file"
  done
  find "$2" -type d -empty -delete
}

# Generates the C target DIRECTORY: the files of protoc-gen-c, and the target's header and module map.
generate_c() { # DIRECTORY OPTIONS INCLUDE FILE…
  local target=$1 options=$2 include=$3 out=$work/$1 file
  shift 3
  mkdir -p "$work/raw" "$out/include"
  protoc "--plugin=protoc-gen-c=$work/protoc-gen-c-plain" -I"$include" -I"$wellknown" --c_out="$work/raw" "$@"
  (cd "$work/raw" && find . -type f) | while read -r file; do
    case $file in
    *.h) install -D "$work/raw/$file" "$out/include/$file" ;;
    *) install -D "$work/raw/$file" "$out/$file" ;;
    esac
  done
  rm -r "$work/raw"
  generate "$target" "emit=c,$options" "$include" "$@"
}

# Generates the Swift files in DIRECTORY.
generate_swift() { # DIRECTORY OPTIONS INCLUDE FILE…
  local target=$1 options=$2
  shift 2
  generate "$target" "emit=swift,$options" "$@"
}

# Generates files with protoc-gen-fastshop, and installs them in DIRECTORY with the files that were generated before.
generate() { # DIRECTORY OPTIONS INCLUDE FILE…
  local target=$1 options=$2 include=$3
  shift 3
  mkdir -p "$work/$target" "$into/$target"
  protoc "--plugin=protoc-gen-fastshop=$plugin" -I"$include" -I"$wellknown" \
    --fastshop_out="$work/$target" --fastshop_opt="$options" "$@"
  install_tree "$work/$target" "$into/$target"
}

# .proto files below DIRECTORY, relative to INCLUDE, in a fixed order.
protos() { # INCLUDE DIRECTORY…
  (cd "$1" && shift && find "$@" -name '*.proto' | LC_ALL=C sort)
}

views="google/protobuf/any.proto google/protobuf/duration.proto google/protobuf/empty.proto
  google/protobuf/field_mask.proto google/protobuf/timestamp.proto google/protobuf/wrappers.proto"
compiler="google/protobuf/descriptor.proto google/protobuf/compiler/plugin.proto"
standard=$(protos Proto grpc google/rpc)
interop=$(protos Tests/Interop/proto grpc xds)

# The domains are the folders of Proto/fastshop: fastshop/gift_cards/v1 becomes the modules CGiftCardsAPI and
# GiftCardsAPI, in Sources/API/GiftCards. Each may use the messages of the others.
declare -A domains=()
modules=
for folder in Proto/fastshop/*/; do
  domain=$(basename "$folder")
  domains[$domain]=$(sed -E 's/(^|_)([a-z])/\U\2/g' <<<"$domain")API
  modules+=module=fastshop.$domain.v1:${domains[$domain]},
done

# shellcheck disable=SC2086  # lists of files are meant to be split
{
  generate_c Sources/CProtobufTypes c_module=CProtobufTypes,header=google/protobuf/compiler/plugin.pb-c.h \
    Proto $views $compiler
  generate_swift Sources/Protobuf/Generated \
    c_module=CProtobufTypes,module=Protobuf,files=wellKnownFiles,bare=google/protobuf/descriptor.proto \
    Proto $views google/protobuf/descriptor.proto

  generate_c Sources/CStandardProtos c_module=CStandardProtos Proto $standard
  generate_swift Sources/RPC/Generated \
    c_module=CStandardProtos,module=RPC,access=package,files=standardFiles,\
prefix=grpc.reflection.v1alpha:V1Alpha,prefix=grpc.channelz.v1:Channelz,prefix=google.rpc:GoogleRPC \
    Proto $standard

  for domain in "${!domains[@]}"; do
    files=$(protos Proto "fastshop/${domain}")
    api=${domains[$domain]}
    generate_c "Sources/API/${api%API}/C" "c_module=C$api" Proto $files
    generate_swift "Sources/API/${api%API}/Swift" \
      "module=$api,c_module=C$api,services=${api,}Services,$modules" Proto $files
  done
  generate Sources/API/All \
    "emit=list,module=FastShopAPI,files=fastshopAPIFiles,services=fastshopAPIServices,$modules" \
    Proto $(protos Proto fastshop)

  generate_c Benchmarks/CBenchAPI c_module=CBenchAPI Benchmarks/proto bench.proto
  generate_swift Benchmarks/BenchAPI/Generated \
    c_module=CBenchAPI,module=BenchAPI Benchmarks/proto bench.proto

  generate_c Tests/TestAPI/CTestAPI c_module=CTestAPI Tests/TestAPI/proto features.proto
  generate_swift Tests/TestAPI/Generated \
    c_module=CTestAPI,module=TestAPI Tests/TestAPI/proto features.proto

  for name in Calendar Post; do
    generate_c Tests/TestAPI/$name/C c_module=C${name}TestAPI Tests/TestAPI/proto ${name,}.proto
    generate_swift Tests/TestAPI/$name/Swift \
      c_module=C${name}TestAPI,module=${name}TestAPI,module=fastshop.test.calendar.v1:CalendarTestAPI \
      Tests/TestAPI/proto ${name,}.proto
  done

  generate_c Tests/Interop/CInteropAPI c_module=CInteropAPI Tests/Interop/proto $interop
  generate_swift Tests/Interop/InteropAPI/Generated \
    c_module=CInteropAPI,module=InteropAPI,\
rename=grpc.testing.BoolValue:OptionalFlag,rename=grpc.testing.Empty:Nothing \
    Tests/Interop/proto $interop
}
