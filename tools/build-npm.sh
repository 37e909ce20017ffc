#!/usr/bin/env bash
# Builds target/npm, the npm package. Needs www/pkg, see build-page.sh.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

step "Building the npm package" node npm/build.js
