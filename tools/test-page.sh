#!/usr/bin/env bash
# Tests the page in Chromium and Firefox. Needs tools/setup.sh page and browsers, and www/pkg, see build-page.sh.
#   tools/test-page.sh                              all files
#   tools/test-page.sh tests/e2e/map.test.js ...    some of them
# E2E_JOBS files are tested at a time, by default as many as there are processors, at most four: each has its own browser and servers,
# and a page often waits. What a file prints is shown when it has finished.
# A file that fails is run once more, alone, because a browser on a busy machine now and then loses its software adapter or a connection.
# The files that passed only then are listed at the end: their first failures are in the output.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

processors=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
jobs=${E2E_JOBS:-$((processors < 4 ? processors : 4))}
logs=target/test-page
rm -rf "$logs"
mkdir -p "$logs"

# run FILE: tests a file and prints its output and duration; a failure leaves LOGS/NAME.failed.
run() {
  local name log start=$SECONDS
  name=$(basename "$1" .test.js)
  log="$logs/$name.log"
  node --test --test-timeout=900000 --test-force-exit "$1" >"$log" 2>&1 || echo "$1" >"$logs/$name.failed"
  printf '==> Tested the page: %s (%s s)\n%s\n' "$1" $((SECONDS - start)) "$(cat "$log")"
}
export -f run
export logs

[ $# -gt 0 ] || set -- tests/e2e/*.test.js
say "Testing the page: $# files, $jobs at a time"
printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' bash -c 'run "$1"' run '{}'

repeated=""
failed=""
for mark in "$logs"/*.failed; do
  [ -e "$mark" ] || continue
  file=$(cat "$mark")
  rm "$mark"
  say "Repeating $file, which has failed"
  run "$file"
  if [ -e "$mark" ]; then failed="$failed $file"; else repeated="$repeated $file"; fi
done
[ -z "$repeated" ] || say "Passed only when repeated:$repeated"
[ -z "$failed" ] || fail "The page failed its tests:$failed."
say "The page passed its tests: $# files"
