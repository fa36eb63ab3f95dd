#!/usr/bin/env bash
# Pretrains a small encoder in a few minutes and shows what it learnt: k-NN and linear probe, against the same encoder
# with random weights. On the embedded data set, or on the folder $DATA names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/messages.sh

# The number is that of the data set's version, so that images of an older one are not taken for these.
readonly splitmask=.build/release/splitmask shapes=demo/shapes-2 images=6000 size=64
# Small enough for four minutes of training on two cores, large enough to learn something.
readonly plan=(--model vit-tiny --set model.width=128 --set model.headCount=4 --set model.depth=4
  --set splitmask.decoder.depth=1 --image-size "$size" --patch-size 8 --tokenizer random-patches --vocabulary 1024
  --batch-size 64 --steps 600 --learning-rate 2e-3 --set regime=standard --set "augmentation.cropScale=[0.4, 1]" --seed 0)
run=demo/run-$(date +%Y%m%d-%H%M%S)

# run_step NAME COMMAND...: shows the command, so that it can be typed again.
run_step() {
  local name=$1 status=0 command
  shift
  command=$(printf '%q ' "$@")
  say "$name: $command"
  "$@" || status=$?
  if ((status == 75)); then
    fail "$name" "interrupted; what was done is saved." "$command--resume"
  elif ((status != 0)); then
    fail "$name" "it ended with exit code $status (its message is above)." "$command" "$splitmask doctor"
  fi
}

list_images() { # FOLDER: paths relative to it, sorted
  (cd "$1" && find -L . -type f ! -path '*/.*/*' \( -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.png' -o -iname '*.webp' \
    -o -iname '*.tif' -o -iname '*.tiff' -o -iname '*.bmp' -o -iname '*.gif' -o -iname '*.heic' -o -iname '*.heif' \) |
    sed 's|^\./||' | LC_ALL=C sort)
}

count_classes() { # FOLDER: first-level folders that hold images
  list_images "$1" | awk -F/ 'NF > 1 && !seen[$1]++ { count++ } END { print count + 0 }'
}

# Sets pretraining, training and test; the last two stay empty when there are no classes to compare by.
choose_data() {
  local data=$1 split
  pretraining=$data training="" test=""
  for split in val test validation; do
    if [[ -d $data/train && -d $data/$split ]] && (($(count_classes "$data/train") > 1)); then
      pretraining=$data/train training=$data/train test=$data/$split
      return
    fi
  done
  if (($(count_classes "$data") > 1)); then
    say "Taking the $(count_classes "$data") folders in $data as classes; every fifth image is kept for the comparison's test"
    training=$run-lists/train.txt test=$run-lists/test.txt
    mkdir -p "$run-lists"
    list_images "$data" | awk -F/ -v root="$(cd "$data" && pwd)" -v training="$training" -v test="$test" \
      'NF > 1 { print root "/" $0 "\t" $1 > (++count % 5 ? training : test) }'
  fi
}

field() { # NAME JSON
  sed -n "s/.*\"$1\" *: *\([0-9.]*\).*/\1/p" <<<"$2" | head -n 1
}

# measure LABEL OPTION...: one line of the table
measure() {
  local label=$1 neighbours probe
  shift
  say "Measuring $label"
  neighbours=$("$splitmask" knn "$training" "$test" "$@" --json) || return 1
  probe=$("$splitmask" probe "$training" "$test" "$@" --json) || return 1
  printf '  %-22s %12.1f %20.1f %20.1f\n' "$label" \
    "$(field top1 "$neighbours")" "$(field top1 "$probe")" "$(field top5 "$probe")"
}

if [[ -n ${DATA:-} ]]; then
  [[ -d $DATA ]] || fail "make demo" "there is no folder $DATA" "make demo DATA=/path/to/your/images"
  choose_data "$DATA"
else
  run_step "Composing $images images" "$splitmask" data shapes "$shapes" --images "$images" --size "$size" --seed 0
  choose_data "$shapes"
fi

run_step "Pretraining" "$splitmask" pretrain "$pretraining" --out "$run" "${plan[@]}"

if [[ -n $training ]]; then
  table=$(measure "random encoder" --from random --like "$run" && measure "after pretraining" --from "$run") ||
    fail "comparing the encoders" "knn or probe failed (its message is above); the run is whole." \
      "$splitmask knn $training $test --from $run" "$splitmask probe $training $test --from $run"
  printf '\n  %-22s %12s %20s %20s\n%s\n' "accuracy in percent" "k-NN top-1" "linear probe top-1" "linear probe top-5" "$table"
else
  printf '\n  %s\n' "No comparison: the images in $DATA are not in one folder a class. With images that are:"
  printf '    %s\n' "$splitmask probe TRAIN TEST --from $run" "$splitmask probe TRAIN TEST --from random --like $run"
fi

if [[ -n ${DATA:-} ]]; then
  next="$splitmask pretrain $pretraining --out runs/first   # in full; --dry-run shows the plan"
else
  next="make demo DATA=/path/to/your/images"
fi
printf '\n'
printf '  %-22s %s\n' "Run folder" "$run" "Encoder for timm" "$run/encoder.safetensors" \
  "Reconstructions" "$run/pictures/" "Next" "$next"
