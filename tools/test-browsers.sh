#!/usr/bin/env bash
# Runs the library's tests in headless Chromium and Firefox, both at once. Needs tools/setup.sh page and browsers.
#   tools/test-browsers.sh            both browsers
#   tools/test-browsers.sh firefox    one of them
# webdriver.json, next to Cargo.toml, holds the browser settings that enable WebGPU on a software adapter. What a browser prints is shown
# when its tests have ended.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

graphics_environment
# Seconds for the whole run. The runner's default of 20 is too short for a software adapter.
export WASM_BINDGEN_TEST_TIMEOUT="${WASM_BINDGEN_TEST_TIMEOUT:-900}"
logs=target/test-browsers
mkdir -p "$logs"

# Files that have tests for browsers.
browser_tests=$(grep -l '^gpu_tests!' tests/portable/*.rs) || fail "No file in tests/portable/ declares browser tests with gpu_tests!."

# run BROWSER DRIVER
run() {
  local driver
  driver=$(command -v "$2") || fail "$2 is missing: run 'make setup'."
  wasm-pack test --mode no-install --headless "--$1" "--$2" "$driver" -- --test portable >"$logs/$1" 2>&1
}

# passed BROWSER MODULE: the number of tests of this module that passed. The runner also succeeds if no test runs at all.
passed() { sed 's/\x1b\[[0-9;]*m//g' "$logs/$1" | grep -cE "^test (.*::)?$2::.* \.\.\. ok" || true; }

[ $# -gt 0 ] || set -- chrome firefox
say "Testing in $*"
started=""
for browser in "$@"; do
  case $browser in
    chrome) driver=chromedriver ;;
    firefox) driver=geckodriver ;;
    *) fail "tools/test-browsers.sh accepts 'chrome' and 'firefox', found '$browser'." ;;
  esac
  # The second one waits until the first has compiled the tests.
  run "$browser" "$driver" &
  started="$started $browser:$!"
done

failed=""
for pair in $started; do
  browser=${pair%:*}
  wait "${pair#*:}" || failed="$failed $browser"
  cat "$logs/$browser"
done
[ -z "$failed" ] || fail "The library failed its tests in:$failed."
for browser in "$@"; do
  for file in $browser_tests; do
    count=$(passed "$browser" "$(basename "$file" .rs)")
    [ "$count" -gt 0 ] || fail "No test of $file ran in $browser."
    say "$file: $count passed in $browser"
  done
done
