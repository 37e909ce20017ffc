#!/usr/bin/env bash
# Builds target/gpu-kit: a folder that checks and times this project on a machine with a GPU, Python and PyTorch, without
# cargo and without a network. It contains what is committed; see docs/gpu-kit.md.
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

# Programs of tests whose values are computed on the GPU. None of them reads a file at run time.
TESTS=(gpu portable)
# Vulkan's loader, and what NVIDIA's driver links: used only where the machine has none of its own.
LIBRARIES=(libvulkan.so.1 libGLdispatch.so.0 libGLX.so.0 libEGL.so.1 libX11.so.6 libXext.so.6 libxcb.so.1 libXau.so.6
  libXdmcp.so.6 libbsd.so.0 libmd.so.0)
LIMIT_MB=60

[ "$(uname -sm)" = "Linux x86_64" ] || fail "The kit is for x86-64 Linux and can only be built there."
for program in git tar xz strip cargo; do have "$program" || fail "Building the kit needs $program."; done

kit="$PWD/target/gpu-kit"
source_folder="$PWD/target/gpu-kit-source"
stage="$PWD/target/gpu-kit-programs"
export CARGO_TARGET_DIR="$PWD/target"

# build FOLDER CARGO_ARGUMENTS...: compiles tests and benchmarks and copies the executables to the stage, named after their targets.
build() {
  local folder=$1 line name path
  shift
  mkdir -p "$stage/$folder"
  (cd "$source_folder" && cargo "$@" 2>&1) | tee "$stage/cargo.log"
  while read -r line; do
    path=${line##*(}
    path=${path%)}
    # Cargo appends a hash to the target's name. The name of the source file may be main.rs for every target.
    name=$(basename "${path%-*}")
    case $line in *" tests/"*) name="test-$name" ;; esac
    [ ! -e "$stage/$folder/$name" ] || fail "Two programs of the kit are named $folder/$name."
    strip -o "$stage/$folder/$name" "$path"
  done < <(grep -E '^ *Executable ' "$stage/cargo.log")
  rm "$stage/cargo.log"
}

# arguments FLAG NAME...: "FLAG NAME" for each name, one word per line.
arguments() {
  local flag=$1 name
  shift
  for name in "$@"; do printf -- '%s\n%s\n' "$flag" "$name"; done
}

copy_sources() {
  rm -rf "$source_folder" "$stage" "$kit"
  mkdir -p "$source_folder" "$stage" "$kit/lib"
  # Beside this copy there is no ../shared: tests that need it are compiled as ignored.
  git archive HEAD | tar -x -C "$source_folder"
}

build_programs() {
  local tests folder name
  mapfile -t tests < <(arguments --test "${TESTS[@]}")
  build plain test --no-run "${tests[@]}"
  build plain bench --no-run --bench native
  build matrices test --no-run --features cooperative-matrix "${tests[@]}"
  build matrices bench --no-run --features cooperative-matrix --bench native
  for folder in plain matrices; do
    for name in "${TESTS[@]/#/test-}" native; do
      [ -x "$stage/$folder/$name" ] || fail "cargo made no program for the kit's $folder/$name."
    done
  done
}

pack() {
  local library path
  tar -C "$stage" --sort=name --owner=0 --group=0 -c matrices plain |
    xz --threads=1 --x86 --lzma2=preset=3,dict=64MiB >"$kit/programs.tar.xz"
  cp tools/gpu-kit/*.py tools/gpu-kit/run.sh "$kit"
  for library in "${LIBRARIES[@]}"; do
    path=$(ldconfig -p | awk -v name="$library" '$1 == name && /x86-64/ { print $NF; exit }')
    if [ -n "$path" ]; then cp -L "$path" "$kit/lib/$library"; fi
  done
  [ -e "$kit/lib/libvulkan.so.1" ] || fail "Vulkan's loader is missing here: install libvulkan1."
  printf '{"commit": "%s", "date": "%s", "rustc": "%s"}\n' "$(git describe --always --abbrev=12)" \
    "$(git log -1 --format=%cs)" "$(rustc --version)" >"$kit/kit.json"
}

check_size() {
  local size
  size=$(du -sm "$kit" | cut -f1)
  [ "$size" -le "$LIMIT_MB" ] || fail "The kit is $size MB large, at most $LIMIT_MB MB were expected."
  say "target/gpu-kit: $size MB. On the machine with the GPU: ./run.sh OUT"
}

say "Copying the committed sources"
copy_sources
say "Building the programs"
build_programs
say "Packing"
pack
check_size
