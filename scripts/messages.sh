# shellcheck shell=bash
# How the scripts speak: one line for each step, and failures that name the step, the reason and what to type.

say() {
  printf '==> %s\n' "$*" >&2
}

# fail STEP WHY LINE...: the lines say what to type.
fail() {
  local step=$1 why=$2
  shift 2
  printf '\nFailed: %s\n   Why: %s\n  Type: ' "$step" "$why" >&2
  printf '%s\n        ' "$@" >&2
  printf '\n  More: docs/troubleshooting.md\n' >&2
  exit 1
}
