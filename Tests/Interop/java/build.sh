#!/usr/bin/env bash
# Builds the grpc-java client from Debian's packages, without a network.
# usage: build.sh DIRECTORY, in which everything is made; DIRECTORY/client runs it
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
protos=/usr/share/grpc-proto
files=(grpc/testing/empty.proto grpc/testing/messages.proto grpc/testing/test.proto)

jars=(grpc-{api,context,core,netty,protobuf,protobuf-lite,stub} protobuf guava failureaccess perfmark-api gson jsr305
  geronimo-annotation-1.3-spec netty-{buffer,codec,codec-http,codec-http2,common,handler,handler-proxy,resolver}
  netty-{tcnative,transport})
path=
for jar in "${jars[@]}"; do
  [[ -e /usr/share/java/$jar.jar ]] && path+=:/usr/share/java/$jar.jar
done

load_files=(xds/data/orca/v3/orca_load_report.proto xds/service/orca/v3/orca.proto)

rm -rf "$out/generated" "$out/classes"
mkdir -p "$out/generated" "$out/classes"
protoc -I"$protos" --java_out="$out/generated" \
  --plugin=protoc-gen-grpc-java=/usr/bin/grpc_java_plugin --grpc-java_out="$out/generated" "${files[@]}"
protoc -I"$here/../proto" --java_out="$out/generated" \
  --plugin=protoc-gen-grpc-java=/usr/bin/grpc_java_plugin --grpc-java_out="$out/generated" "${load_files[@]}"
find "$out/generated" "$here" -name '*.java' -print0 |
  xargs -0 javac -nowarn -Xlint:none -proc:none -d "$out/classes" -cp "${path#:}"

# Debian's netty can offer ALPN through OpenSSL only, and it finds that library by another name than Debian's.
mkdir -p "$out/jni"
cp "$(dpkg --listfiles libnetty-tcnative-jni | grep '/libnetty-tcnative.so$')" "$out/jni/libnetty_tcnative.so"

printf '#!/bin/sh\nexec java -Djava.library.path="%s" -cp "%s" interop.Client "$@"\n' \
  "$out/jni" "$out/classes$path" >"$out/client"
chmod +x "$out/client"
