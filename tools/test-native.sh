#!/usr/bin/env bash
# Runs all native tests on this machine's GPU, or on Mesa's software adapter: of the library, the command-line program
# (hence the feature), examples/ and the examples in the documentation. Then the portable ones on the CPU device.
# Arguments are passed to cargo test: tools/test-native.sh --test portable ops::
# The environment variable TEST_DEVICE, gpu or cpu, chooses the device of the library's tests.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

graphics_environment
step "Testing natively" cargo test --features cli --no-fail-fast "$@"

# Without those of algorithms that only GPUs have, of device errors, and of memory that the CPU device does not report.
gpu_only=(combinations:: f16:: lowering:: device_errors:: gradients_with_weights_in_f16 memory_does_not_grow)
if [ $# -eq 0 ]; then
  TEST_DEVICE=cpu step "Testing on the CPU device" cargo test --features cli --test portable -- "${gpu_only[@]/#/--skip=}"
fi
