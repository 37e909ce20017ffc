#!/usr/bin/env bash
# Builds dist/, the page as static files for any host and path, and compares it with its size budget. Needs www/pkg, see build-page.sh.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

step "Building dist/" node tools/dist/build.js
step "Checking the size of dist/" node tools/dist/budget.js
