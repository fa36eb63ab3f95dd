#!/usr/bin/env bash
# Compares what the library makes public with docs/public-api.txt, so that a change of it is seen in review; with --renew, writes
# that file. Reads what symbols.sh wrote.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/messages.sh

swift scripts/public-api.swift .build/symbols >.build/public-api.txt
if [[ ${1:-} == --renew ]]; then
  cp .build/public-api.txt docs/public-api.txt
else
  diff -u docs/public-api.txt .build/public-api.txt >&2 || fail "comparing the public interface" \
    "it is not what docs/public-api.txt says (- is the file, + the code)." "make public-api   # if the change is meant"
fi
