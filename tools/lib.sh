# shellcheck shell=bash
# Functions shared by the scripts of this folder: messages, errors, paths of tools. To be sourced, not run.
# All scripts run in bash 3.2, the version of macOS.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Compiled tools are installed below target, so that the user's own versions stay unchanged.
TOOLS="$PWD/target/tools"
export PATH="$TOOLS/bin:$PATH"
# make passes its job server on to makes only; cargo would look for it in either variable.
unset MAKEFLAGS MFLAGS

say() { printf '==> %s\n' "$*"; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# any_file PATTERN...: succeeds if a file matches one of the patterns.
any_file() {
  local pattern
  for pattern in "$@"; do
    if compgen -G "$pattern" >/dev/null; then return 0; fi
  done
  return 1
}

# step WHAT COMMAND...: prints WHAT and runs the command. Stops with an error message if the command fails.
step() {
  local what=$1
  shift
  say "$what"
  "$@" || fail "This step failed: $what."
}

# Vulkan's loader needs a private runtime folder, which containers lack. On a machine without a GPU, only the software
# adapter's driver is loaded; otherwise the loader selects the driver.
graphics_environment() {
  [ "$(uname)" = Linux ] || return 0
  if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
    export XDG_RUNTIME_DIR="$PWD/target/runtime"
    mkdir -p "$XDG_RUNTIME_DIR"
    chmod 700 "$XDG_RUNTIME_DIR"
  fi
  local software
  software=$(compgen -G "/usr/share/vulkan/icd.d/lvp_icd*.json" | paste -s -d : - || true)
  if [ -n "$software" ] && ! any_file "/dev/dri/renderD*" "/dev/nvidia[0-9]*" /dev/dxg; then
    export VK_DRIVER_FILES="${VK_DRIVER_FILES:-$software}"
  fi
}
