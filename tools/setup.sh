#!/usr/bin/env bash
# Installs the missing dependencies.
#   tools/setup.sh rust       to compile: a C compiler, Rust's WebAssembly target. The others need it
#   tools/setup.sh linters    rustfmt and clippy
#   tools/setup.sh page       to build and serve the page
#   tools/setup.sh bench      to build the page, and to compare it with other engines: these are installed in benches/web
#   tools/setup.sh npm        to build the page and to check the npm package with bundlers: these are installed in npm/check
#   tools/setup.sh browsers   to run the tests: browsers, their drivers, a Vulkan driver
# After "rust", "linters", "page" and "browsers" may run at once. On Debian and Ubuntu it uses apt. On other systems it prints what to install by hand.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

# wasm-bindgen accepts only modules of its own version. The other two versions are known to work.
WASM_BINDGEN=$(awk '$1 == "name" { name = $3 } $1 == "version" && name == "\"wasm-bindgen\"" { gsub("\"", "", $3); print $3 }' Cargo.lock)
WASM_PACK=0.15.1
GECKODRIVER=0.37.1

# patiently COMMAND...: up to three attempts of five minutes each, for downloads that stall.
patiently() {
  local try
  for try in 1 2 3; do
    if have timeout; then
      timeout 300 "$@" && return
    else
      "$@" && return
    fi
    say "Try $try of 3 failed: $*"
  done
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    fail "root is needed for: $* (run this as root, or install sudo)."
  fi
}

# apt_install PACKAGE...: does nothing without a package.
apt_install() {
  [ $# -gt 0 ] || return 0
  step "Installing with apt: $*" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$@"
}

rust() {
  have cargo || fail "Rust is missing: install it with rustup, then open a new terminal."
  local target=wasm32-unknown-unknown
  if [ ! -d "$(rustc --print target-libdir --target "$target")" ]; then
    have rustup || fail "Rust has no $target target: install it as your Rust was installed, or use rustup."
    step "Installing Rust's $target target" patiently rustup target add "$target"
  fi
}

rust_linters() {
  if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
    have rustup || fail "cargo fmt or cargo clippy is missing: install them as your Rust was installed, or use rustup."
    step "Installing rustfmt and clippy" patiently rustup component add rustfmt clippy
  fi
}

# An unoptimised build takes a third of the time, and the tool is fast enough. A registry mirror may lack a version in the
# tool's lock file; the second attempt uses the newest version available.
compile_tool() {
  local flags=(--quiet --force --debug --root "$TOOLS" --target-dir "$TOOLS/build-$wanted" "$1@$2")
  export CARGO_PROFILE_DEV_DEBUG=false CARGO_PROFILE_DEV_DEBUG_ASSERTIONS=false CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_PROFILE_DEV_OVERFLOW_CHECKS=false
  cargo install --locked "${flags[@]}" && return
  say "Trying again without the lock file of $1"
  cargo install "${flags[@]}"
}

# cargo_tool PROGRAM CRATE VERSION: compiles CRATE unless PROGRAM has that version already.
cargo_tool() {
  local found
  found=$({ "$1" --version 2>/dev/null || true; } | awk 'NR == 1 { print $2 }')
  [ "$found" != "$3" ] || return 0
  step "Compiling $2 $3 (once, one to three minutes)" compile_tool "$2" "$3"
}

npm_packages() {
  if ! have npm || ! node -e 'process.exit(Number(parseInt(process.versions.node) < 20))'; then
    fail "Node.js 20 or newer, with npm, is missing: install it from nodejs.org or your system's packages."
  fi
  install_packages .
  [ "$wanted" != bench ] || install_packages benches/web
  [ "$wanted" != npm ] || install_packages npm/check
}

# install_packages FOLDER: installs the packages of its package-lock.json unless they are installed already.
install_packages() {
  if [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]; then
    step "Installing the packages of $1/package-lock.json with npm" patiently npm ci --no-audit --no-fund --prefix "$1"
  fi
}

have_chromium() {
  have chromium || have chromium-browser || have google-chrome || have google-chrome-stable \
    || [ -e "/Applications/Google Chrome.app" ] || [ -e /Applications/Chromium.app ]
}

have_firefox() { have firefox || [ -e /Applications/Firefox.app ]; }

# Vulkan's loader and a driver at Debian's paths. On other systems the tests report a missing driver.
have_vulkan() {
  ! have apt-get || { any_file "/usr/lib/*/libvulkan.so.1" && any_file "/usr/share/vulkan/icd.d/*.json" "/etc/vulkan/icd.d/*.json"; }
}

compiler() {
  have cc && return
  have apt-get || fail "A C compiler is missing: install one (macOS: xcode-select --install)."
  step "Reading apt's package lists" as_root apt-get update -q
  apt_install build-essential
}

browsers() {
  local missing=""
  have_chromium || missing="$missing chromium"
  have chromedriver || missing="$missing chromedriver"
  have_firefox || missing="$missing firefox"
  have_vulkan || missing="$missing vulkan"
  [ -n "$missing" ] || return 0
  if [ "$(uname)" = Darwin ]; then
    fail "The tests lack:$missing. Run 'brew install --cask google-chrome firefox' and put Chrome's own driver on" \
      "the PATH ('npx @puppeteer/browsers install chromedriver@stable' fetches it)."
  fi
  have apt-get || fail "The tests lack:$missing. Install Chromium, its chromedriver and Firefox from your system's packages."

  step "Reading apt's package lists" as_root apt-get update -q
  # Ubuntu has no package chromium-driver; its packages install the browsers and both drivers as snaps.
  local names="s/chromedriver/chromium-driver/; s/firefox/firefox-esr/"
  [ -n "$(apt-cache policy chromium-driver)" ] || names="s/chromium/chromium-browser/; s/chromedriver/chromium-chromedriver/"
  # shellcheck disable=SC2046 # one word per package
  apt_install $(printf '%s' "$missing" | sed "$names; s/vulkan/mesa-vulkan-drivers/")
}

wanted=${1:-}
case $wanted in
  rust)
    compiler
    rust
    ;;
  linters) rust_linters ;;
  page | bench | npm)
    npm_packages
    cargo_tool wasm-bindgen wasm-bindgen-cli "$WASM_BINDGEN"
    cargo_tool wasm-pack wasm-pack "$WASM_PACK"
    ;;
  browsers)
    browsers
    # Any version of geckodriver works: it depends on the installed Firefox, not on this project.
    have geckodriver || cargo_tool geckodriver geckodriver "$GECKODRIVER"
    ;;
  *) fail "tools/setup.sh accepts 'rust', 'linters', 'page', 'bench', 'npm' and 'browsers', found '$wanted'." ;;
esac
rm -rf "$TOOLS/build-$wanted"
