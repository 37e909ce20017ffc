#!/usr/bin/env bash
# Fuzzes the readers of files, by default each target for ten minutes: tools/fuzz.sh [SECONDS] [TARGET...]
# Needs a nightly compiler and cargo-fuzz: rustup toolchain install nightly && cargo install cargo-fuzz
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

seconds=${1:-600}
shift || true
[ $# -gt 0 ] || set -- safetensors pytorch pickle image hub labels

for target in "$@"; do
  corpus=fuzz/corpus/$target
  mkdir -p "$corpus"
  case $target in
    # A small file: a large one consists mostly of values, which are not parsed.
    safetensors) cp tests/golden/resnet/basic.safetensors "$corpus" ;;
    pytorch)
      # The first byte selects the file header that the target prepends: P that of a zip archive, O that of the old format.
      { printf 'P'; tail -c +5 tests/golden/pytorch/channels_last.pth; } >"$corpus/archive"
      { printf 'O'; tail -c +16 tests/golden/pytorch/legacy.pth; } >"$corpus/old"
      ;;
    image) cp tests/golden/preprocess/decode/*.{png,jpg,gif,bmp,tiff,webp} "$corpus" ;;
    hub) printf '{"architectures": ["ResNetForImageClassification"], "depths": [3, 4, 6, 3]}\0{"size": 224}' >"$corpus/config" ;;
    labels) cp www/assets/catalog.json "$corpus" && printf 'n01440764 tench\nn01443537 goldfish\n' >"$corpus/names" ;;
    pickle) unzip -qp tests/golden/pytorch/checkpoint.pth checkpoint/data.pkl >"$corpus/checkpoint" ;;
  esac
  step "Fuzzing $target for $seconds seconds" nice -n 19 cargo +nightly fuzz run --dev --sanitizer none "$target" "$corpus" -- \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=256 -max_len=262144 -print_final_stats=1
done
