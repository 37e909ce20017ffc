#!/usr/bin/env bash
# Checks formatting, lints for both targets, and links in the documentation. A warning is a failure.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

step "Checking the formatting" cargo fmt --check
step "Linting for this machine" cargo clippy --quiet --all-targets --all-features -- -D warnings
step "Linting for the browser" cargo clippy --quiet --target wasm32-unknown-unknown --lib --tests -- -D warnings
step "Checking the documentation's links" env RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --all-features
