# shellcheck shell=bash
# How the scripts of this folder speak, stop and find their tools. To be sourced, not run.
# macOS ships bash 3.2, so nothing here or there may need a newer one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Tools that have to be compiled live with the project, so that a person's own versions stay as they are.
TOOLS="$PWD/target/tools"
export PATH="$TOOLS/bin:$PATH"

say() { printf '==> %s\n' "$*"; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# any_file PATTERN...: whether a file matches one of the patterns.
any_file() {
  local pattern
  for pattern in "$@"; do
    if compgen -G "$pattern" >/dev/null; then return 0; fi
  done
  return 1
}

# step WHAT COMMAND...: says what it does, does it, and stops with a sentence when that fails.
step() {
  local what=$1
  shift
  say "$what"
  "$@" || fail "This step failed: $what."
}

# Vulkan's loader wants a private runtime folder, which containers do not have. Where there is no GPU
# at all, it shall ask the software adapter only; where there is one, the choice is the machine's.
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
