#!/usr/bin/env bash
# Checks that the Swift toolchain on the PATH is new enough. It is never installed for you: where it goes is your choice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/messages.sh

step="checking the Swift toolchain"
readonly needed_major=6 needed_minor=3
readonly needed="$needed_major.$needed_minor"

if [[ $(uname -s) == Darwin ]]; then
  how_to_install=(
    "curl -LO https://download.swift.org/swiftly/darwin/swiftly.pkg"
    "installer -pkg swiftly.pkg -target CurrentUserHomeDirectory"
    "\$HOME/.swiftly/bin/swiftly init && . \$HOME/.swiftly/env.sh"
    "swiftly install $needed && swiftly use $needed"
  )
else
  how_to_install=(
    "curl -LO https://download.swift.org/swiftly/linux/swiftly-$(uname -m).tar.gz"
    "tar zxf swiftly-$(uname -m).tar.gz && ./swiftly init"
    ". \$HOME/.local/share/swiftly/env.sh"
    "swiftly install $needed && swiftly use $needed"
  )
fi
how_to_install+=("swift --version   # then make setup; other ways: https://www.swift.org/install")

command -v swift >/dev/null ||
  fail "$step" "there is no 'swift' on the PATH; SplitMask needs Swift $needed or newer." "${how_to_install[@]}"

output=$(swift --version 2>&1) || fail "$step" "'swift --version' does not run: ${output%%$'\n'*}" \
  "swift --version   # names what it lacks; https://www.swift.org/install lists a toolchain's system packages"

version=$(sed -n 's/.*Swift version \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' <<<"$output" | head -n 1)
[[ -n $version ]] ||
  fail "$step" "$(command -v swift) states no Swift version: ${output%%$'\n'*}" "${how_to_install[@]}"

major=${version%%.*}
minor=${version#*.}
if ((major < needed_major || (major == needed_major && minor < needed_minor))); then
  fail "$step" "$(command -v swift) is Swift $version; SplitMask needs $needed or newer." "${how_to_install[@]}"
fi
