#!/usr/bin/env bash
# Types and lints of the page's JavaScript, and the tests of its modules that need no browser. Needs www/pkg, see build-page.sh.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

step "Checking the types of the page and its worker" npm run --silent types
step "Linting the JavaScript" npm run --silent lint
step "Testing the page's modules" npm run --silent unit
