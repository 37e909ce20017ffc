#!/usr/bin/env bash
# Runs the library's tests in headless Chromium and Firefox. Needs tools/setup.sh.
#   tools/test-browsers.sh            both browsers
#   tools/test-browsers.sh firefox    one of them
# webdriver.json, next to Cargo.toml, holds the browser settings that enable WebGPU on a software adapter.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

graphics_environment
# Seconds per test file. The runner's default of 20 is too short for a software adapter.
export WASM_BINDGEN_TEST_TIMEOUT="${WASM_BINDGEN_TEST_TIMEOUT:-900}"
log=target/test-browsers.log
mkdir -p target

# Test files that have tests for browsers.
browser_tests=$(grep -l '^gpu_tests!' tests/*.rs) || fail "No file in tests/ declares browser tests with gpu_tests!."

# Only these files are run: the others are native programs. Cargo prints the file names to stderr.
run() {
  local driver file targets=()
  driver=$(command -v "$2") || fail "$2 is missing: run 'make setup'."
  for file in $browser_tests; do targets+=(--test "$(basename "$file" .rs)"); done
  wasm-pack test --mode no-install --headless "--$1" "--$2" "$driver" --release -- "${targets[@]}" 2>&1 | tee "$log"
}

# passed FILE: the number of tests of this file that passed. The runner also succeeds if a file runs no test at all.
passed() {
  awk -v file="$1" '
    { gsub(/\033\[[0-9;]*m/, "") }
    /^ *Running tests\// { current = $2 }
    current == file && /^test result: ok/ { passed += $4 }
    END { print passed + 0 }
  ' "$log"
}

[ $# -gt 0 ] || set -- chrome firefox
for browser in "$@"; do
  case $browser in
    chrome) driver=chromedriver ;;
    firefox) driver=geckodriver ;;
    *) fail "tools/test-browsers.sh accepts 'chrome' and 'firefox', found '$browser'." ;;
  esac
  step "Testing in $browser" run "$browser" "$driver"
  for file in $browser_tests; do
    count=$(passed "$file")
    [ "$count" -gt 0 ] || fail "No test of $file ran in $browser."
    say "$file: $count passed in $browser"
  done
done
