#!/usr/bin/env bash
# Checks the npm package in target/npm, see build-npm.sh: its manifest and types, and the set-ups of npm/check/set-ups.js in Chromium.
#   tools/check-npm.sh            everything
#   tools/check-npm.sh webpack    one set-up
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

tools/setup.sh rust
tools/setup.sh npm
step "Checking the npm package" node npm/check/run.js "$@"
