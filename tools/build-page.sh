#!/usr/bin/env bash
# Builds www/pkg: the library as an optimised WebAssembly module with its JavaScript. Needs tools/setup.sh page.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

# no-install and --no-opt keep wasm-pack from downloading programs.
step "Compiling the library to WebAssembly" \
  wasm-pack build --mode no-install --target web --profile page --no-opt --no-pack --no-gitignore --out-dir www/pkg

module=www/pkg/resnet_lens_bg.wasm
# Inlined copies of a function compress badly. Functions that are called most often come first, since small indices need fewer bytes. Figures:
# docs/performance.md, "Size of the module".
step "Optimising $module" node_modules/.bin/wasm-opt -Oz --always-inline-max-function-size=0 --flexible-inline-max-function-size=0 \
  --one-caller-inline-max-function-size=0 --reorder-functions "$module" -o "$module"
