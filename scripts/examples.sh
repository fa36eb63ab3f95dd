#!/usr/bin/env bash
# Builds the packages in Examples/ and runs them on images that are composed for it. They share this package's build folder, so
# that nothing but themselves is compiled.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly flags=(-c release --explicit-target-dependency-import-check error --scratch-path "$PWD/.build")
work=$(mktemp -d)
# SwiftPM would take the last example's build plan for this package's.
trap 'rm -rf "$work" .build/release.yaml' EXIT

swift build "${flags[@]}" --product splitmask
.build/release/splitmask data shapes "$work/images" --images 100 --size 64

for example in CustomLoss EmbedFolder; do
  cp Package.resolved "Examples/$example/"
  swift build "${flags[@]}" --package-path "Examples/$example" --disable-build-manifest-caching \
    --only-use-versions-from-resolved-file
done
.build/release/CustomLoss "$work/images" "$work/encoder.safetensors"
.build/release/EmbedFolder "$work/encoder.safetensors" "$work/images" >"$work/neighbours.tsv"
head -n 3 "$work/neighbours.tsv"
