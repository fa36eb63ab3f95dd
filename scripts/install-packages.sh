#!/usr/bin/env bash
# Installs the system packages the build lacks, by name. Looks for what a package gives (a library, a command), not for
# the package, so that hand-built libraries count and nothing is asked of the package manager when all is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/messages.sh

step="installing system packages"

has_library() { # NAME as pkg-config knows it
  command -v pkg-config >/dev/null && pkg-config --exists "$1"
}

compiles_cpp() {
  local compiler
  compiler=$(dirname "$(command -v swift)")/clang++
  [[ -x $compiler ]] || compiler=clang++
  printf '#include <vector>\n' | "$compiler" -std=c++20 -fsyntax-only -x c++ - 2>/dev/null
}

install_on_linux() {
  local missing=()
  command -v pkg-config >/dev/null || missing+=(pkg-config)
  has_library libjpeg || missing+=(libjpeg-dev)
  has_library vips || missing+=(libvips-dev)
  has_library zlib || missing+=(zlib1g-dev)
  compiles_cpp || missing+=(g++)
  command -v unzip >/dev/null || missing+=(unzip)
  command -v curl >/dev/null || missing+=(curl ca-certificates)
  if ((${#missing[@]} == 0)); then return; fi

  if ! command -v apt-get >/dev/null; then
    fail "$step" "missing here: ${missing[*]} (Debian's names), and there is no apt-get." \
      "dnf install pkgconf-pkg-config libjpeg-turbo-devel vips-devel zlib-devel gcc-c++ unzip curl   # Fedora's names" \
      "make setup"
  fi
  local as_root="" install="apt-get install --yes --no-install-recommends ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "$step" \
      "missing here: ${missing[*]}; installing them takes root, and there is no sudo." \
      "apt-get update && $install   # as root" "make setup"
    as_root="sudo "
  fi
  say "Missing system packages: ${missing[*]}. Running: ${as_root}apt-get update && $as_root$install"
  # shellcheck disable=SC2086  # Words to be split: "sudo " or nothing, and a command.
  {
    $as_root apt-get update >&2 || say "apt-get update failed; trying with the package lists that are here"
    $as_root env DEBIAN_FRONTEND=noninteractive $install >&2
  } || fail "$step" \
    "apt-get could not install ${missing[*]} (its message is above)." \
    "${as_root}apt-get update && $as_root$install" "make setup"
  local library
  for library in libjpeg vips zlib; do
    has_library "$library" || fail "$step" "apt-get installed it, but pkg-config does not find $library." \
      "pkg-config --print-errors --exists $library" "echo \$PKG_CONFIG_PATH; command -v pkg-config"
  done
  compiles_cpp || fail "$step" "the compiler still finds no C++ standard library (it looks beside the newest GCC)." \
    "apt-cache search '^libstdc++-[0-9]*-dev$'   # install the one of the newest GCC below" \
    "ls /usr/lib/gcc/*/" "make setup"
}

# Written from Homebrew's documentation, not yet run on a Mac.
install_on_macos() {
  local missing=() prefix
  command -v brew >/dev/null || fail "$step" "Homebrew is not installed." \
    "open https://brew.sh   # and install it as told there" "make setup"
  prefix=$(brew --prefix)
  command -v pkg-config >/dev/null || missing+=(pkgconf)
  [[ -d $prefix/opt/jpeg-turbo ]] || missing+=(jpeg-turbo)
  [[ -d $prefix/opt/vips ]] || missing+=(vips)
  [[ -d $prefix/opt/zlib ]] || missing+=(zlib)
  if ((${#missing[@]} == 0)); then return; fi
  say "Missing Homebrew packages: ${missing[*]}. Running: brew install ${missing[*]}"
  brew install "${missing[@]}" >&2 || fail "$step" \
    "brew could not install ${missing[*]} (its message is above)." "brew install ${missing[*]}" "make setup"
}

case $(uname -s) in
  Linux) install_on_linux ;;
  Darwin) install_on_macos ;;
  *) fail "$step" "$(uname -s) is not supported; Linux is, and macOS is written but untested." \
    "make setup   # on Linux, in a container or under WSL 2" ;;
esac
