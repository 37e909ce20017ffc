#!/usr/bin/env bash
# Tests the page in Chromium and Firefox. Needs tools/setup.sh and www/pkg, see build-page.sh.
#   tools/test-page.sh                              all files
#   tools/test-page.sh tests/e2e/map.test.js ...    some of them
# A file that fails is run once more, because a browser on a busy machine now and then loses its software adapter or a connection. The
# files that passed only then are listed at the end: their first failures are in the output.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

run() { node --test --test-concurrency=1 --test-timeout=900000 --test-force-exit "$1"; }

[ $# -gt 0 ] || set -- tests/e2e/*.test.js
repeated=""
failed=""
for file in "$@"; do
  say "Testing the page: $file"
  run "$file" && continue
  say "Repeating $file, which has failed"
  if run "$file"; then repeated="$repeated $file"; else failed="$failed $file"; fi
done
[ -z "$repeated" ] || say "Passed only when repeated:$repeated"
[ -z "$failed" ] || fail "The page failed its tests:$failed."
say "The page passed its tests: $# files"
