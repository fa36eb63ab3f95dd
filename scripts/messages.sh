# shellcheck shell=bash
# How the scripts speak: one line for each step, and failures that name the step, the reason and what to type.

say() {
  printf '==> %s\n' "$*" >&2
}

# fail STEP WHY LINE...: the lines say what to type.
fail() {
  printf '\nFailed: %s\n   Why: %s\n  Type: %s\n' "$1" "$2" "$3" >&2
  shift 3
  (($# == 0)) || printf '        %s\n' "$@" >&2
  printf '  More: docs/troubleshooting.md\n' >&2
  exit 1
}
