#!/usr/bin/env bash
# Writes what the release build's modules make public as symbol graphs into .build/symbols, for docs.sh and public-api.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=$(swiftc -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)".*/\1/p')
options=(-target "$target" -minimum-access-level public -skip-synthesized-members -I .build/release/Modules)
# The modules of C and of system libraries.
for module in Sources/*/module.modulemap {Sources,.build/checkouts/*/Sources}/*/include; do
  options+=(-I "${module%/module.modulemap}")
done
for map in .build/release/*.build/module.modulemap; do options+=(-Xcc "-fmodule-map-file=$map"); done

rm -rf .build/symbols
mkdir .build/symbols
# The library's modules are those that it re-exports.
{ echo SplitMask && sed -n 's/^@_exported import //p' Sources/SplitMask/SplitMask.swift; } | xargs -P 2 -I MODULE \
  swift-symbolgraph-extract -module-name MODULE -output-dir .build/symbols "${options[@]}"
