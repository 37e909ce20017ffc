#!/usr/bin/env bash
# Times the page's engine, ONNX Runtime Web and TensorFlow.js in one Chromium. Needs www/pkg, see tools/build-page.sh.
# Arguments are passed to the benchmark, see benches/README.md.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

tools/setup.sh rust
tools/setup.sh bench
step "Timing in Chromium" node benches/web/run.js "$@"
