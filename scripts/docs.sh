#!/usr/bin/env bash
# Makes the documentation of the library's modules with DocC in .build/documentation; fails at its first warning, such as a link
# that leads nowhere. Reads what symbols.sh wrote.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

docc convert Sources/SplitMask/SplitMask.docc --additional-symbol-graph-dir .build/symbols \
  --output-dir .build/documentation --fallback-display-name SplitMask --fallback-bundle-identifier SplitMask \
  --warnings-as-errors
