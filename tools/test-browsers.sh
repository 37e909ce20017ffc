#!/usr/bin/env bash
# Runs the library's tests in headless Chromium and Firefox. Needs tools/setup.sh.
#   tools/test-browsers.sh            both browsers
#   tools/test-browsers.sh firefox    one of them
# webdriver.json, next to Cargo.toml, holds the browser settings that enable WebGPU on a software adapter.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

graphics_environment
# Seconds for the whole run. The runner's default of 20 is too short for a software adapter.
export WASM_BINDGEN_TEST_TIMEOUT="${WASM_BINDGEN_TEST_TIMEOUT:-900}"
log=target/test-browsers.log
mkdir -p target

# Files that have tests for browsers.
browser_tests=$(grep -l '^gpu_tests!' tests/portable/*.rs) || fail "No file in tests/portable/ declares browser tests with gpu_tests!."

# The tests are compiled as the page's module is, so that what is tested is what is shipped, and dependencies are compiled once.
run() {
  local driver
  driver=$(command -v "$2") || fail "$2 is missing: run 'make setup'."
  wasm-pack test --mode no-install --headless "--$1" "--$2" "$driver" -- --test portable 2>&1 | tee "$log"
}

# passed MODULE: the number of tests of this module that passed. The runner also succeeds if no test runs at all.
passed() { sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -cE "^test (.*::)?$1::.* \.\.\. ok" || true; }

[ $# -gt 0 ] || set -- chrome firefox
for browser in "$@"; do
  case $browser in
    chrome) driver=chromedriver ;;
    firefox) driver=geckodriver ;;
    *) fail "tools/test-browsers.sh accepts 'chrome' and 'firefox', found '$browser'." ;;
  esac
  step "Testing in $browser" run "$browser" "$driver"
  for file in $browser_tests; do
    count=$(passed "$(basename "$file" .rs)")
    [ "$count" -gt 0 ] || fail "No test of $file ran in $browser."
    say "$file: $count passed in $browser"
  done
done
