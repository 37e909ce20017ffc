#!/usr/bin/env bash
# Installs what is missing, and nothing else.
#   tools/setup.sh page    what building and serving the page needs
#   tools/setup.sh bench   that, and the engines to measure against, into benches/web
#   tools/setup.sh         the first, and what the tests need: browsers, their drivers, a Vulkan driver
# Debian and Ubuntu: through apt. Elsewhere it says in a sentence what to install by hand.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

# wasm-bindgen refuses modules made by another version of itself; the other two are only known to work.
WASM_BINDGEN=$(awk '$1 == "name" { name = $3 } $1 == "version" && name == "\"wasm-bindgen\"" { gsub("\"", "", $3); print $3 }' Cargo.lock)
WASM_PACK=0.15.1
GECKODRIVER=0.37.1

# patiently COMMAND...: three tries of five minutes, for downloads that hang.
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

# apt_install PACKAGE...: nothing when there is none to install.
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

# An unoptimised tool compiles in a third of the time and is more than fast enough for this crate. A
# registry that lags behind may lack a version that the tool's lock file names: then the newest it has.
compile_tool() {
  local flags=(--quiet --force --debug --root "$TOOLS" --target-dir "$TOOLS/build" "$1@$2")
  export CARGO_PROFILE_DEV_DEBUG=false CARGO_PROFILE_DEV_OPT_LEVEL=0
  cargo install --locked "${flags[@]}" && return
  say "Trying again without the lock file of $1"
  cargo install "${flags[@]}"
}

# cargo_tool PROGRAM CRATE VERSION: leaves a PROGRAM of that version alone.
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
}

# install_packages FOLDER: what its package-lock.json lists, unless it is there.
install_packages() {
  if [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]; then
    step "Installing the packages of $1/package-lock.json with npm" patiently npm ci --prefix "$1"
  fi
}

have_chromium() {
  have chromium || have chromium-browser || have google-chrome || have google-chrome-stable \
    || [ -e "/Applications/Google Chrome.app" ] || [ -e /Applications/Chromium.app ]
}

have_firefox() { have firefox || [ -e /Applications/Firefox.app ]; }

# Vulkan's loader and a driver, where Debian puts them. On other systems the tests tell when there is none.
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
  # Ubuntu has no chromium-driver; its own packages bring the browsers and both drivers as snaps.
  local names="s/chromedriver/chromium-driver/; s/firefox/firefox-esr/"
  [ -n "$(apt-cache policy chromium-driver)" ] || names="s/chromium/chromium-browser/; s/chromedriver/chromium-chromedriver/"
  # shellcheck disable=SC2046 # one word a package
  apt_install $(printf '%s' "$missing" | sed "$names; s/vulkan/mesa-vulkan-drivers/")
}

wanted=${1:-all}
case $wanted in page | bench | all) ;; *) fail "tools/setup.sh knows 'page', 'bench' and 'all', not '$wanted'." ;; esac

compiler
rust
npm_packages
if [ "$wanted" = all ]; then
  rust_linters
  browsers
  # Any geckodriver will do: it has to know the Firefox at hand, not this project.
  have geckodriver || cargo_tool geckodriver geckodriver "$GECKODRIVER"
fi
cargo_tool wasm-bindgen wasm-bindgen-cli "$WASM_BINDGEN"
cargo_tool wasm-pack wasm-pack "$WASM_PACK"
rm -rf "$TOOLS/build"
