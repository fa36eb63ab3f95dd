#!/usr/bin/env bash
# Makes dist/splitmask-VERSION-linux-x86_64: the program with Swift's standard library inside it, for a machine that
# has no Swift. libtorch stays outside: it is large, and which one (CPU, which CUDA) is the other machine's matter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/messages.sh

[[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || fail "make dist" "it is for Linux on x86-64 only." \
  "make build   # here, the program runs from .build/release/splitmask"

# Its own folder: the static standard library would otherwise make the ordinary build start anew.
say "Building with the static standard library in .build-dist"
# shellcheck disable=SC2016  # $ORIGIN is for the dynamic linker.
SPLITMASK_RPATH='$ORIGIN/../libtorch/lib' swift build -c release --scratch-path .build-dist --product splitmask \
  --static-swift-stdlib --explicit-target-dependency-import-check error >&2 ||
  fail "make dist" "swift build failed (its message is above)." "make build   # does the ordinary build work?"

libtorch=${LIBTORCH:-$PWD/.deps/libtorch}
program=.build-dist/release/splitmask
version=$(LD_LIBRARY_PATH="$libtorch/lib" "$program" --version)
torch_version=$(scripts/fetch-libtorch.sh --version)

newest_symbol() { # of GLIBC, GLIBCXX
  objdump -T "$program" | grep -o "\b$1_[0-9.]*" | sort -Vu | tail -n 1
}
needed() { # the shared libraries whose names begin with lib$1
  objdump -p "$program" | sed -n "s/^ *NEEDED *\(lib$1[^ ]*\)$/\1/p" | tr '\n' ' '
}
folder=dist/splitmask-$version-linux-x86_64
aside=dist/.aside

rm -rf "$aside"
mkdir -p "$aside/bin" "$aside/libexec"
strip -o "$aside/libexec/splitmask" "$program"
install -m 755 scripts/launcher.sh "$aside/bin/splitmask"
cp LICENSE "$aside/"
if scripts/fetch-plotly.sh; then
  mkdir -p "$aside/share/splitmask"
  cp .deps/plotly/plotly.min.js "$aside/share/splitmask/"
  cp .deps/plotly/LICENSE.txt "$aside/share/splitmask/plotly-LICENSE.txt"
else
  say "Going on without plotly: the pages that this distribution writes will have no charts"
fi
cat >"$aside/README.md" <<README
# SplitMask $version for Linux on x86-64

\`bin/splitmask\` runs without Swift. It needs:

* libtorch $torch_version, the version it was built with. Any of these does:
  * \`export LIBTORCH=/path/to/torch\`, for instance what \`python3 -c 'import torch; print(torch.__path__[0])'\` prints where
    \`torch==$torch_version\` is installed;
  * a link or a copy of such a folder here: \`ln -s /path/to/torch libtorch\`.
* $(needed jpeg), $(needed vips), $(needed curl)and $(needed z): \`apt-get install libjpeg62-turbo libvips42 libcurl4\` on Debian 12. (Debian and Ubuntu ship libjpeg with
  different binary interfaces: for Ubuntu, run \`make dist\` on Ubuntu.)
* the C and C++ libraries with $(newest_symbol GLIBC) and $(newest_symbol GLIBCXX) or newer: \`ldd --version\` shows the former.

Then: \`bin/splitmask --help\`, \`bin/splitmask doctor\`.
README
rm -rf "$folder"
mv "$aside" "$folder"

if ldd "$folder/libexec/splitmask" | grep -E 'libswift|libFoundation'; then
  fail "make dist" "the program still needs the libraries above, which come with Swift." "make clean" "make dist"
fi
say "Made $folder ($(du -sh "$folder" | cut -f 1)); copy it anywhere and read its README.md"
