#!/usr/bin/env bash
# Opens a comparison's page from disk in headless Chromium without a network: no error on the console, every chart drawn.
# Says so and does nothing where there is no Chromium; it is never installed for you.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/messages.sh

step="checking a page"
(($# == 1)) || fail "$step" "it takes one page." "scripts/check-page.sh /path/to/comparison.html"
[[ -f $1 ]] || fail "$step" "there is no file $1 (a relative path is taken from the clone)." "ls $(dirname "$1")"
page=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [[ -z $browser ]]; then
  say "Not checked: there is no Chromium here to open $1 with"
  exit
fi

aside=$(mktemp -d)
trap 'rm -rf "$aside"' EXIT
# Every address leads nowhere, and time runs ahead until the page is at rest.
"$browser" --headless=new --no-sandbox --disable-gpu --user-data-dir="$aside/profile" \
  --host-resolver-rules="MAP * ~NOTFOUND" --window-size=1200,2400 --virtual-time-budget=10000 \
  --enable-logging=stderr --dump-dom "file://$page" >"$aside/dom" 2>"$aside/log" ||
  fail "$step" "$browser ended with exit code $?." "$browser --headless=new --no-sandbox --dump-dom file://$page"

if grep -E 'CONSOLE|Uncaught' "$aside/log" >&2; then
  fail "$step" "the page wrote the above to the console." "$browser $page   # and look at its developer tools"
fi
count() { # what EXPRESSION matches in the page as the browser has it
  { grep -oE "$1" "$aside/dom" || true; } | wc -l
}
charts=$(count 'data-figure="[0-9]+"')
drawn=$(count 'class="chart js-plotly-plot"')
# plotly makes several of these for a chart: one with the curves, one for what hovers above them.
layers=$(count '<svg[^>]* class="main-svg"')
if ((drawn != charts || layers < charts)); then
  fail "$step" "of $charts charts, $drawn are drawn, in $layers layers." "$browser $page"
fi
say "$1: $drawn of $charts charts drawn, nothing on the console"
