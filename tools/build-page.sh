#!/usr/bin/env bash
# Builds www/pkg: the library as a WebAssembly module with its JavaScript, optimised. Needs tools/setup.sh page.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

# no-install and --no-opt: wasm-pack would otherwise download programs of its own.
step "Compiling the library to WebAssembly" \
  wasm-pack build --mode no-install --target web --profile page --no-opt --no-pack --no-gitignore --out-dir www/pkg

module=www/pkg/resnet_lens_bg.wasm
step "Optimising $module" node_modules/.bin/wasm-opt -Os "$module" -o "$module"
