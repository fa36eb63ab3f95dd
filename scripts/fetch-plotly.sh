#!/usr/bin/env bash
# Puts the pinned plotly.js, which draws the charts of `comparison.html`, into .deps/plotly, with its licence.
#
# It is the file inside PyPI's plotly wheel, which is the same for every Python and system. Nothing else of the wheel
# is kept, and Python is used for its downloader only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/messages.sh

readonly version=7.1.0
readonly target=.deps/plotly downloads=.deps/download-plotly
readonly wheel=plotly-$version-py3-none-any.whl
readonly library=plotly/package_data/plotly.min.js licence=plotly-$version.dist-info/licenses/LICENSE.txt

checksum() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# is_pinned FILE: has the checksum in plotly.sha256.
is_pinned() {
  [[ -f $1 ]] && grep -qxF "$(checksum "$1")  $(basename "$1")" scripts/plotly.sha256
}

problems=()
problem() {
  problems+=("$*")
  say "plotly: $*"
}

# has_checksum FILE SOURCE: a file with another checksum is thrown away.
has_checksum() {
  is_pinned "$1" && return
  problem "$2: $(basename "$1") has SHA-256 $(checksum "$1"), not the one in scripts/plotly.sha256; thrown away"
  rm -f "$1"
  return 1
}

download_by_pip() {
  local source="the configured package index" pip
  if python3 -m pip --version >/dev/null 2>&1; then
    pip=(python3 -m pip)
  elif pip3 --version >/dev/null 2>&1; then
    pip=(pip3)
  else
    problem "$source: no pip here"
    return 1
  fi
  say "plotly: pip download plotly==$version from $source (10 MB)"
  if ! "${pip[@]}" download --no-deps --only-binary=:all: --retries 1 --dest "$downloads" "plotly==$version" >&2; then
    problem "$source: pip could not get plotly==$version (its message is above)"
    return 1
  fi
  if [[ ! -f $downloads/$wheel ]]; then
    problem "$source: pip gave another file than $wheel"
    return 1
  fi
  has_checksum "$downloads/$wheel" "$source"
}

# Keeps the library and its licence, checks them, and puts them in place in one rename.
unpack() {
  local aside=.deps/unpacking-plotly
  rm -rf "$aside"
  if ! unzip -qj "$downloads/$wheel" "$library" "$licence" -d "$aside" >&2; then
    rm -rf "$aside"
    fail "unpacking plotly" "unzip stopped (its message is above): unzip is missing, or the disk is full (it takes 5 MB)." \
      "command -v unzip; df -h ." "make setup"
  fi
  if ! is_pinned "$aside/plotly.min.js"; then
    rm -rf "$aside"
    fail "unpacking plotly" "plotly.min.js in $wheel is not the one in scripts/plotly.sha256." "rm -rf $downloads" "make setup"
  fi
  rm -rf "$target"
  mv "$aside" "$target"
  rm -rf "$downloads"
}

if is_pinned "$target/plotly.min.js"; then exit; fi
mkdir -p "$downloads"
# A wheel that somebody laid there, for a machine without a network, or that an earlier run did not get to unpack.
if { [[ -f $downloads/$wheel ]] && has_checksum "$downloads/$wheel" "$downloads"; } || download_by_pip; then
  unpack
else
  fail "fetching plotly $version" "every source failed:$(printf '\n         - %s' "${problems[@]}")" \
    "make setup   # once the network is back, or pip is there" \
    "mkdir -p $downloads && cp /path/to/$wheel $downloads/   # to bring it from elsewhere; then make setup"
fi
