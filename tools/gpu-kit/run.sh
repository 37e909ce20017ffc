#!/usr/bin/env bash
# Checks and times resnet-lens on this machine's GPU beside PyTorch. Writes OUT/report.md, OUT/results.json and OUT/log.txt.
# Usage: ./run.sh OUT [--budget SECONDS] [--allow-software]
# Needs an x86-64 Linux with a GPU driver and a Python that has PyTorch; PYTHON names another one than python3.
set -euo pipefail
cd "$(dirname "$0")" || exit 1
folder=$PWD
cd - >/dev/null
exec "${PYTHON:-python3}" "$folder/kit.py" "$@"
