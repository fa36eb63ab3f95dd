#!/usr/bin/env bash
# Puts a built SplitMask where programs are, so that it runs without this folder: the program with the libraries it needs in
# PREFIX/lib/splitmask, a link in PREFIX/bin, its manual page and its completions for bash, zsh and fish. What was put there
# is listed in PREFIX/lib/splitmask/installed, and uninstall removes just that.
#
#   scripts/install.sh install PREFIX PROGRAM
#   scripts/install.sh uninstall PREFIX
#
# $DESTDIR is put before PREFIX, for makers of packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/messages.sh

action=$1 prefix=$2 program=${3:-}
root=${DESTDIR:-}$prefix
home=$root/lib/splitmask
list=$home/installed
umask 022

# put MODE FILE PLACE: prepares a file and notes it.
put() {
  install -D -m "$1" "$2" "$aside/$3"
  printf '%s\n' "$3" >>"$aside/installed"
}

# Puts what was prepared in its place, each file by a rename, and removes what only the installation before had. The list
# names both in between, so that uninstall removes all of it whatever happens here.
replace() {
  local name
  touch "$list"
  cp "$list" "$aside/before"
  sort -u "$aside/before" "$aside/installed" >"$aside/all"
  mv -f "$aside/all" "$list"
  while IFS= read -r name; do
    mkdir -p "$(dirname "$root/$name")"
    mv -fT -- "$aside/$name" "$root/$name"
  done <"$aside/installed"
  while IFS= read -r name; do rm -f -- "$root/$name"; done < <(grep -Fxv -f "$aside/installed" "$aside/before")
  mv -f "$aside/installed" "$list"
}

remove() {
  local name
  while IFS= read -r name; do rm -f -- "$root/$name"; done <"$list"
  rm -f -- "$list"
  find "$home" -depth -type d -empty -delete
}

# The libraries that the program loads and no package manager of this system brings: libtorch's and Swift's. Links on the way
# to their folders are resolved, as LIBTORCH may be one.
libraries() {
  ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | while IFS= read -r library; do
    case $(readlink -f "${library%/*}")/ in
    "$libtorch"/* | */usr/lib/swift/linux/* | */lib/swift/linux/*) printf '%s\n' "$library" ;;
    esac
  done
}

prepare() {
  local text=$aside/text library place
  mkdir "$text"
  strip -o "$text/splitmask" "$program"
  put 755 "$text/splitmask" lib/splitmask/libexec/splitmask
  put 755 scripts/launcher.sh lib/splitmask/bin/splitmask
  while IFS= read -r library; do put 755 "$library" "lib/splitmask/lib/${library##*/}"; done < <(libraries)
  compgen -G "$aside/lib/splitmask/lib/libtorch*" >/dev/null ||
    fail "make install" "$program loads no libtorch from $libtorch." "make build   # with the same LIBTORCH as make install"
  if [[ -f .deps/plotly/plotly.min.js ]]; then
    put 644 .deps/plotly/plotly.min.js lib/splitmask/share/splitmask/plotly.min.js
    put 644 .deps/plotly/LICENSE.txt lib/splitmask/share/splitmask/plotly-LICENSE.txt
  else
    say "Going on without plotly: comparison pages will have no charts"
  fi
  put 644 LICENSE share/doc/splitmask/LICENSE
  "$program" manual >"$text/splitmask.1"
  put 644 "$text/splitmask.1" share/man/man1/splitmask.1
  for place in bash:share/bash-completion/completions/splitmask zsh:share/zsh/site-functions/_splitmask \
    fish:share/fish/vendor_completions.d/splitmask.fish; do
    "$program" --generate-completion-script "${place%%:*}" >"$text/completions"
    put 644 "$text/completions" "${place#*:}"
  done
  mkdir "$aside/bin"
  ln -s ../lib/splitmask/bin/splitmask "$aside/bin/splitmask"
  printf '%s\n' bin/splitmask >>"$aside/installed"
}

case $action in
install)
  [[ -x $program ]] || fail "make install" "$program is not there." "make build"
  libtorch=$(readlink -f "${LIBTORCH:-.deps/libtorch}")
  if [[ ! -f $list ]] && [[ -e $root/bin/splitmask || -L $root/bin/splitmask || -e $home ]]; then
    fail "make install" "$root has a splitmask that was not installed by this." "make install PREFIX=/another/folder"
  fi
  { mkdir -p "$home" && aside=$(mktemp -d "$home/.aside.XXXXXX"); } 2>/dev/null ||
    fail "make install" "$root cannot be written." \
      "sudo make install PREFIX=$prefix" "make install PREFIX=\$HOME/.local"
  # What goes wrong before all is prepared leaves what was there.
  trap 'rm -rf "$aside"; find "$home" -depth -type d -empty -delete' EXIT
  prepare
  replace
  say "Installed $root/bin/splitmask ($(du -sh "$home" | cut -f 1) in $home); type: splitmask --help, man splitmask"
  ;;
uninstall)
  [[ -f $list ]] || fail "make uninstall" "nothing was installed in $root by this." "make uninstall PREFIX=/the/folder"
  remove
  say "Removed splitmask from $root"
  ;;
esac
