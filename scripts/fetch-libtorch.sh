#!/usr/bin/env bash
# Puts the pinned libtorch (PyTorch's C++ library and headers) into .deps/libtorch, with --shared into
# ~/.local/share/splitmask/libtorch for all packages of a user, or checks the one that $LIBTORCH names.
#
# The wheel for Python 3.11 is asked for whatever Python is here: its C++ part is the same in all of them, and one file
# has one checksum (libtorch.sha256). Python is used for its downloader only, and curl does where there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/messages.sh

readonly version=2.13.0 oldest_major=2 oldest_minor=9
if [[ ${1:-} == --shared ]]; then deps=$HOME/.local/share/splitmask; else deps=.deps; fi
readonly target=$deps/libtorch downloads=$deps/download
readonly pytorch=https://download.pytorch.org

case $(uname -s)-$(uname -m) in
  Linux-x86_64)
    library=so requirement="torch==$version+cpu" tag=manylinux_2_28_x86_64
    wheel="torch-$version+cpu-cp311-cp311-$tag.whl"
    archive="libtorch-shared-with-deps-$version+cpu.zip"
    ;;
  Darwin-arm64)
    library=dylib requirement="torch==$version" tag=macosx_14_0_arm64
    wheel="torch-$version-cp311-cp311-$tag.whl"
    archive="libtorch-macos-arm64-$version.zip"
    ;;
  *) library=so requirement="" ;;
esac

# libtorch_version FOLDER: "2.13.0" from its headers; nothing when there are none.
libtorch_version() {
  local header part found=""
  for header in "$1/include/torch/headeronly/version.h" "$1/include/torch/csrc/api/include/torch/version.h"; do
    if [[ -f $header ]] && grep -q 'define TORCH_VERSION_MAJOR' "$header"; then
      for part in MAJOR MINOR PATCH; do
        found+=.$(sed -n "s/^#define TORCH_VERSION_$part \([0-9][0-9]*\).*/\1/p" "$header")
      done
      printf '%s\n' "${found#.}"
      return
    fi
  done
}

# is_libtorch FOLDER: has what a build needs.
is_libtorch() {
  [[ -f $1/lib/libtorch_cpu.$library && -f $1/lib/libc10.$library && -n $(libtorch_version "$1") ]]
}

check_given() {
  local step="checking the libtorch that LIBTORCH names" given=$1 found major minor inside
  found=$(libtorch_version "$given")
  if [[ ! -d $given ]]; then
    fail "$step" "there is no folder $given" "make setup LIBTORCH=/path/to/torch   # a folder with include/ and lib/" \
      "env -u LIBTORCH make setup   # to use the pinned one"
  elif ! is_libtorch "$given"; then
    for inside in "$given"/torch "$given"/libtorch "$given"/lib/python3*/site-packages/torch; do
      if is_libtorch "$inside"; then
        fail "$step" "$given is not a libtorch, but one lies inside it." "make setup LIBTORCH=$inside"
      fi
    done
    fail "$step" "$given lacks include/torch/csrc/api/include/torch/version.h, lib/libtorch_cpu.$library or lib/libc10.$library." \
      "python3 -c 'import torch; print(torch.__path__[0])'   # in a Python environment with PyTorch, prints the folder" \
      "env -u LIBTORCH make setup   # to use the pinned one"
  fi
  major=${found%%.*} minor=${found#*.} minor=${minor%%.*}
  if ((major < oldest_major || (major == oldest_major && minor < oldest_minor))); then
    fail "$step" "$given is libtorch $found; $oldest_major.$oldest_minor is the oldest that works." \
      "env -u LIBTORCH make setup   # to use the pinned $version"
  fi
}

checksum() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

problems=()
problem() {
  problems+=("$*")
  say "libtorch: $*"
}

# has_checksum FILE SOURCE: a file with another checksum is thrown away.
has_checksum() {
  local expected found
  expected=$(sed -n "s/^\([0-9a-f]\{64\}\)  $(basename "$1")\$/\1/p" scripts/libtorch.sha256)
  found=$(checksum "$1")
  [[ -n $expected && $found == "$expected" ]] && return
  problem "$2: $(basename "$1") has SHA-256 $found, not ${expected:-a pinned one}; thrown away"
  rm -f "$1"
  return 1
}

# download_by_pip SOURCE [OPTION...]
download_by_pip() {
  local source=$1 pip
  shift
  if python3 -m pip --version >/dev/null 2>&1; then
    pip=(python3 -m pip)
  elif pip3 --version >/dev/null 2>&1; then
    pip=(pip3)
  else
    problem "$source: no pip here"
    return 1
  fi
  say "libtorch: pip download $requirement from $source (190 MB)"
  if ! "${pip[@]}" download --no-deps --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 \
    --platform "$tag" --retries 1 --dest "$downloads" "$@" "$requirement" >&2; then
    problem "$source: pip could not get $requirement (its message is above)"
    return 1
  fi
  if [[ ! -f $downloads/$wheel ]]; then
    problem "$source: pip gave another file than $wheel"
    return 1
  fi
  has_checksum "$downloads/$wheel" "$source"
}

# download_by_curl FOLDER FILE: an interrupted download goes on where it stopped.
download_by_curl() {
  local url=$pytorch/$1/${2//+/%2B} partial="$downloads/$2.partial" status=0
  say "libtorch: curl $url"
  curl --fail --location --retry 2 --progress-bar --continue-at - --output "$partial" "$url" || status=$?
  if ((status != 0)); then
    problem "$url: curl could not get it (exit $status; its message is above)"
    # The server refuses to go on from there: the next run starts anew.
    if ((status == 22 || status == 33)); then rm -f "$partial"; fi
    return 1
  fi
  mv "$partial" "$downloads/$2"
}

# unpack FILE FOLDER: keeps FOLDER's lib/ and include/, checks them, and puts them in place in one rename.
unpack() {
  local file=$1 folder=$2 aside=$deps/unpacking
  rm -rf "$aside"
  say "libtorch: unpacking $(basename "$file") into $target"
  if ! unzip -q "$file" "$folder/lib/*" "$folder/include/*" -d "$aside" -x "$folder/lib/libtorch_python*" \
    "$folder/lib/*_test.$library" "$folder/lib/libshm*" >&2; then
    rm -rf "$aside"
    fail "unpacking libtorch" "unzip stopped (its message is above): a damaged file, or a full disk (it takes 500 MB)." \
      "df -h ." "rm -rf $downloads" "make setup"
  fi
  if ! is_libtorch "$aside/$folder" || [[ $(libtorch_version "$aside/$folder") != "$version" ]]; then
    rm -rf "$aside"
    fail "unpacking libtorch" "$(basename "$file") does not hold libtorch $version." "rm -rf $downloads" "make setup"
  fi
  rm -rf "$target"
  mv "$aside/$folder" "$target"
  rm -rf "$aside" "$downloads"
}

fetch() {
  local step="fetching libtorch $version"
  [[ -n $requirement ]] || fail "$step" "no libtorch is pinned for $(uname -s) on $(uname -m)." \
    "pip install torch==$version   # in a virtual environment, then:" \
    "make setup LIBTORCH=\$(python3 -c 'import torch; print(torch.__path__[0])')"
  mkdir -p "$downloads"

  # A wheel that somebody laid there, for a machine without a network, or that an earlier run did not get to unpack.
  if [[ -f $downloads/$wheel ]] && has_checksum "$downloads/$wheel" "$downloads"; then
    unpack "$downloads/$wheel" torch
  elif download_by_pip "the configured package index" ||
    download_by_pip "$pytorch/whl/cpu" --index-url "$pytorch/whl/cpu" ||
    { download_by_curl whl/cpu "$wheel" && has_checksum "$downloads/$wheel" "curl"; }; then
    unpack "$downloads/$wheel" torch
  elif [[ ${SPLITMASK_ALLOW_UNVERIFIED:-} == 1 ]]; then
    download_by_curl libtorch/cpu "$archive" && unpack "$downloads/$archive" libtorch
  else
    problem "$pytorch/libtorch/cpu/$archive: not tried, its checksum is not known (SPLITMASK_ALLOW_UNVERIFIED=1 tries it)"
  fi
  is_libtorch "$target" || fail "$step" "every source failed:$(printf '\n         - %s' "${problems[@]}")" \
    "make setup   # once the network is back; what was downloaded is kept" \
    "make setup LIBTORCH=/path/to/torch   # to use a libtorch that is here already" \
    "mkdir -p $downloads && cp /path/to/$wheel $downloads/   # to bring it from elsewhere; then make setup"
}

if [[ ${1:-} == --version ]]; then
  libtorch_version "${LIBTORCH:-$target}"
elif [[ -n ${LIBTORCH:-} ]]; then
  check_given "$LIBTORCH"
elif ! is_libtorch "$target" || [[ $(libtorch_version "$target") != "$version" ]]; then
  fetch
fi
