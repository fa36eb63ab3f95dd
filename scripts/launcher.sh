#!/bin/sh
# Starts SplitMask with the libtorch that $LIBTORCH names, or the one in ../lib or ../libtorch.
set -eu
here=$(dirname "$(readlink -f "$0")")
libraries=
[ -d "$here/../lib" ] && libraries=$here/../lib
[ -n "${LIBTORCH:-}" ] && libraries=$LIBTORCH/lib${libraries:+:$libraries}
if [ -n "$libraries" ]; then
  LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export LD_LIBRARY_PATH
fi
missing=$(ldd "$here/../libexec/splitmask" 2>&1 | sed -n 's/^[[:space:]]*\(.*\) => not found.*/\1/p' | sort -u | tr '\n' ' ')
if [ -n "$missing" ]; then
  echo "splitmask: these libraries are not found: $missing" >&2
  echo "libtorch and libc10 come with PyTorch: export LIBTORCH=/path/to/torch. $here/../README.md has the others." >&2
  exit 70
fi
exec "$here/../libexec/splitmask" "$@"
