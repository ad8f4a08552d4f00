#!/usr/bin/env bash
# Fuzzes all that reads bytes from outside under AddressSanitizer, each for a bounded time.
# usage: [FUZZ_SECONDS=60] run.sh [TARGET…]     all of them, if not said otherwise
# An input that breaks something stays in Fuzz/Corpus/TARGET: the tests replay it from then on.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-60}
targets=("$@")
((${#targets[@]})) || targets=(decode json text http2 http1 framing web answers metadata timeout services)

# The server's loop is at work in its own thread, whose memory a search for leaks between two inputs takes for lost.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}
# Swift's own crash report would wait for a terminal; libFuzzer's is enough.
export SWIFT_BACKTRACE=enable=no FASTSHOP_FUZZ=1
options=(--scratch-path .build-fuzz -c release --product fuzz
  -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld -Xcc -fsanitize=address)
swift build "${options[@]}" >&2
fuzz=$(swift build "${options[@]}" --show-bin-path)/fuzz

python3 Fuzz/make_corpus.py .build-fuzz/corpus
for target in "${targets[@]}"; do
  echo "==> Fuzzing $target for $seconds s" >&2
  dictionary=()
  if [[ -e Fuzz/$target.dict ]]; then dictionary=("-dict=Fuzz/$target.dict"); fi
  mkdir -p "Fuzz/Corpus/$target"
  "$fuzz" "$target" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 -max_len=4096 -verbosity=0 \
    -print_final_stats=1 "${dictionary[@]}" -artifact_prefix="Fuzz/Corpus/$target/" \
    ".build-fuzz/corpus/$target" "Fuzz/Corpus/$target"
done
