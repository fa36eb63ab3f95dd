#!/usr/bin/env bash
# Everything a fresh clone needs before it can be built. Quick and silent about whatever is there already.
# With --shared: what a package needs that depends on SplitMask by version, libtorch in ~/.local/share/splitmask included.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/messages.sh

scripts/check-swift.sh
scripts/install-packages.sh
if [[ ${1:-} == --shared ]]; then exec scripts/fetch-libtorch.sh --shared; fi
scripts/fetch-libtorch.sh
# The program does without: pages of comparisons then have tables and no charts.
scripts/fetch-plotly.sh || say "Going on without plotly: comparison.html will have no charts; everything else works"

if ! [[ -d .build/checkouts/swift-argument-parser && -d .build/checkouts/swift-protobuf && -d .build/checkouts/Yams ]]; then
  say "Fetching the Swift packages that Package.swift names"
  swift package resolve >&2 || fail "fetching Swift packages" \
    "swift package resolve could not get a package (its message is above); it needs git and github.com." \
    "git ls-remote https://github.com/apple/swift-argument-parser   # does git reach it?" \
    "make setup"
fi
