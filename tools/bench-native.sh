#!/usr/bin/env bash
# Times a network on this machine's GPU, or on Mesa's software adapter. Arguments are passed to the benchmark, see
# benches/README.md.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

graphics_environment
step "Timing natively" cargo bench --quiet --bench native -- "$@"
