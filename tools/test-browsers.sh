#!/usr/bin/env bash
# Runs the library's tests inside headless Chromium and Firefox. Needs tools/setup.sh.
#   tools/test-browsers.sh            both
#   tools/test-browsers.sh firefox    one of them
# webdriver.json, beside Cargo.toml, holds the settings with which the browsers show WebGPU without a GPU.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

graphics_environment
# A software adapter takes its time, and the runner's own limit is twenty seconds a test file.
export WASM_BINDGEN_TEST_TIMEOUT="${WASM_BINDGEN_TEST_TIMEOUT:-900}"
log=target/test-browsers.log
mkdir -p target

# --lib and --test: the examples and the documentation's are native programs.
run() {
  local driver
  driver=$(command -v "$2") || fail "$2 is missing: run 'make setup'."
  wasm-pack test --mode no-install --headless "--$1" "--$2" "$driver" --release -- --lib --test '*' | tee "$log"
}

# The runner is content with a file whose tests are all set up for another place than the browser.
some_passed() { awk '/^test result: ok/ { passed += $4 } END { exit !passed }' "$log"; }

[ $# -gt 0 ] || set -- chrome firefox
for browser in "$@"; do
  case $browser in
    chrome) driver=chromedriver ;;
    firefox) driver=geckodriver ;;
    *) fail "tools/test-browsers.sh knows 'chrome' and 'firefox', not '$browser'." ;;
  esac
  step "Testing in $browser" run "$browser" "$driver"
  some_passed || fail "No test ran in $browser."
done
