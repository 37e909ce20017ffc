#!/usr/bin/env bash
# Runs the tests and the documentation's examples on this machine's own GPU, or on Mesa's software adapter.
# Arguments go to cargo test: tools/test-native.sh --test ops
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

graphics_environment
step "Testing natively" cargo test --no-fail-fast "$@"
