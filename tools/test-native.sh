#!/usr/bin/env bash
# Runs all native tests on this machine's GPU, or on Mesa's software adapter: of the library, the command-line program
# (hence the feature), examples/ and the examples in the documentation.
# Arguments are passed to cargo test: tools/test-native.sh --test portable ops::
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

graphics_environment
step "Testing natively" cargo test --features cli --no-fail-fast "$@"
