#!/usr/bin/env python3
"""What the defaults of short runs teach, and what other settings would: probe and k-NN on held-out images of four kinds.

    Benchmarks/defaults.py prepare DATA WORK        cut and list the images (needs Pillow, numpy and tifffile)
    Benchmarks/defaults.py run WORK [--sets NAME...] [--rows NAME...] [--presets quick trial hour] [--jobs 2]
    Benchmarks/defaults.py table                    what there is so far, as Markdown: k-NN / probe

DATA holds train/ of CIFAR-10, clothing10/, landsat7/ and camvid/ (shared data, unpacked). Labels and held-out images are both of the
training parts: the test images choose nothing. Each run has one thread, as many as there are processors go at once. What is done lies in
Benchmarks/defaults.jsonl and is not done again: `run` can be stopped and goes on, on another day too.
"""

import argparse
import collections
import concurrent.futures
import csv
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPLITMASK = pathlib.Path(os.environ.get("SPLITMASK", ROOT / ".build/release/splitmask"))
RESULTS = ROOT / "Benchmarks/defaults.jsonl"

# What is changed, beside the preset, from patches of 8 x 8. Budgets are multiply-adds: what costs more for an image sees fewer images.
ENCODER = "model.architecture=vit-tiny"
UNIFORM = ["--set", "splitmask.masking.strategy=uniform", "--set", "splitmask.masking.ratio=0.5"]
CROPS = ["--set", "augmentation.cropScale=[0.45,1]"]
CENTRED = ["--set", "tokenizer.centerPatches=true", "--set", "tokenizer.distribution=symmetric"]
GENTLE = UNIFORM + CROPS + ["--tokenizer", "random-patches"]
ROWS = {
    "patches 8 x 8": [],
    "rate 3e-4": ["--learning-rate", "3e-4"],
    "rate 3e-3": ["--learning-rate", "3e-3"],
    "regime small-data": ["--set", "regime=small-data"],
    "uniform halves": UNIFORM,
    "crops 0.45 to 1": CROPS,
    "words random-patches": ["--tokenizer", "random-patches"],
    "uniform halves, crops 0.45 to 1, words random-patches": GENTLE,
    "words of centred patches": CENTRED,
    "batch 32": ["--batch-size", "32"],
    "words k-means": ["--tokenizer", "k-means"],
    "method mae": ["--method", "mae"],
    "method beit": ["--method", "beit"],
    "method dino": ["--method", "dino"],
    "encoder 64 x 4": ["--set", ENCODER, "--set", "model.width=64", "--set", "model.depth=4", "--set", "model.headCount=2"],
    "encoder 192 x 6": ["--set", ENCODER, "--set", "model.width=192", "--set", "model.depth=6", "--set", "model.headCount=3"],
    "patches 4 x 4": ["--patch-size", "1/4"],
    "patches 16 x 16": ["--patch-size", "1/16"],
    "method mae, patches 4 x 4": ["--method", "mae", "--patch-size", "1/4"],
    "image 2/3": ["--image-size", "2/3", "--patch-size", "1/12"],
    "no matching": ["--set", "splitmask.match=false"],
    "no inpainting": ["--set", "splitmask.inpaint=false"],
}
# Lengths that are no presets: a preset, and how many times its updates.
LENGTHS = {"hour": ("trial", 4)}
# Side that the trial presets see the images at.
SIDES = {"cifar": 32, "clothing": 96, "landsat": 32, "street": 48}


def spread(paths, counts, seed=0):
    """Disjoint random parts of some paths, of so many each."""
    paths = sorted(paths)
    random.Random(seed).shuffle(paths)
    for count in counts:
        yield paths[:count]
        paths = paths[count:]


def write(folder, name, unlabelled, labelled, held):
    """The lists of one data set; labels are the names of the images' folders, linked."""
    (folder / name).mkdir(parents=True)
    (folder / name / "pretrain.txt").write_text("".join(f"{path}\n" for path in sorted(unlabelled)))
    for part, paths in ("labels", labelled), ("held", held):
        for path in paths:
            target = folder / name / part / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path)


def cifar(data, work):
    held, labelled, rest = spread((data / "train").glob("*/*.jpg"), (2000, 5000, 38000))
    write(work, "cifar", labelled + rest, labelled, held)


def clothing(data, work):
    held, labelled = spread((data / "clothing10/train").glob("*/*.jpg"), (800, 3000))
    write(work, "clothing", labelled, labelled, held)


def landsat(data, work):
    """Bands 4, 3 and 2 in 8 bits; a quarter of the training tiles is held out, as neighbours show the same field."""
    import numpy
    import tifffile
    from PIL import Image

    parts = {True: [], False: []}
    for row in csv.DictReader((data / "landsat7/images/patches.csv").open()):
        tile = int(row["tile_col"]) // 4 % 4
        if tile == 0:
            continue
        bands = tifffile.imread(data / "landsat7/images" / row["file"])
        bands = bands if bands.shape[-1] == 7 else numpy.moveaxis(bands, 0, -1)
        path = work / "images/landsat" / pathlib.Path(row["file"]).with_suffix(".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((bands[..., [3, 2, 1]] / 3000 * 255).clip(0, 255).astype("uint8")).save(path)
        parts[tile == 1].append(path)
    write(work, "landsat", parts[False], parts[False], parts[True])


def street(data, work):
    """Tiles of 48 pixels; labelled where four fifths are of one class; of each third of the frames in time, the last quarter is held out."""
    import numpy
    from PIL import Image

    names = (data / "camvid/classes.txt").read_text().split()
    parts = collections.defaultdict(list)
    frames = sorted((data / "camvid/images/train").glob("*.jpg"))
    for index, frame in enumerate(frames):
        image = Image.open(frame)
        classes = numpy.asarray(Image.open(data / "camvid/annotations/train" / (frame.stem + ".png")))
        for top in range(0, image.height - 47, 48):
            for left in range(0, image.width - 47, 48):
                counts = numpy.bincount(classes[top:top + 48, left:left + 48].ravel(), minlength=12)
                pure = counts[1:].max() >= 0.8 * 48 * 48
                name = names[counts[1:].argmax()] if pure else "mixed"
                path = work / "images/street" / name / f"{frame.stem}-{top}-{left}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                image.crop((left, top, left + 48, top + 48)).save(path)
                parts[name, index % 122 >= 92].append(path)
    unlabelled = [path for (_, held), paths in parts.items() if not held for path in paths]
    kinds = [name for name in names if len(parts[name, False]) >= 50 and len(parts[name, True]) >= 20]
    few = {held: [next(spread(parts[name, held], [300])) for name in kinds] for held in (True, False)}
    write(work, "street", unlabelled, sum(few[False], []), sum(few[True], []))


def prepare(options):
    work = options.work.resolve()
    for part in cifar, clothing, landsat, street:
        shutil.rmtree(work / part.__name__, ignore_errors=True)
        part(options.data.resolve(), work)
        counts = {kind: len(list((work / part.__name__ / kind).glob("*/*"))) for kind in ("labels", "held")}
        lines = (work / part.__name__ / "pretrain.txt").read_text().count("\n")
        print(f"{part.__name__}: {lines} to pretrain on, {counts['labels']} labelled, {counts['held']} held out")


def splitmask(*arguments):
    command = [str(part) for part in (SPLITMASK, *arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def sized(row, side):
    """The row's options, with fractions of the image's side in pixels."""
    steps = {"1/4": side // 4, "1/8": side // 8, "1/12": side // 12, "1/16": side // 16, "2/3": side * 2 // 3}
    patches = [] if "--patch-size" in ROWS[row] else ["--patch-size", "1/8"]
    return [str(steps.get(option, option)) for option in ROWS[row] + patches]


def measure(work, name, *origin):
    """Top-1 of k-NN and probe, in percent."""
    judged = [
        json.loads(splitmask(command, work / name / "labels", work / name / "held", *origin, "--json", "--workers", 1))
        for command in ("knn", "probe")
    ]
    return [round(found["top1"], 2) for found in judged]


def cell(options, preset, name, row):
    """Pretrains, measures, and adds a line to the results."""
    scratch = options.work.resolve() / f"run-{preset}-{name}-{row.replace(' ', '_').replace('/', '_')}"
    shutil.rmtree(scratch, ignore_errors=True)
    settings = ["training.replicas=1", "training.checkpointEvery=1000000", "onlineProbe=false"]
    base, times = LENGTHS.get(preset, (preset, 1))
    arguments = [
        "pretrain", options.work.resolve() / name / "pretrain.txt", "--out", scratch, "--preset", base, "--workers", 1,
        *(part for setting in settings for part in ("--set", setting)), *sized(row, SIDES[name]),
    ]
    if times > 1:
        arguments += ["--steps", times * json.loads(splitmask(*arguments, "--dry-run", "--json"))["steps"]]
    begun = time.monotonic()
    planned = json.loads(splitmask(*arguments, "--dry-run", "--json"))
    splitmask(*arguments)
    line = {"preset": preset, "images": name, "row": row, "steps": planned["steps"], "planned": round(planned["expectation"]["seconds"])}
    line["seconds"] = round(time.monotonic() - begun)
    line["knn"], line["probe"] = measure(options.work.resolve(), name, "--from", scratch)
    line["random_knn"], line["random_probe"] = measure(options.work.resolve(), name, "--from", "random", "--like", scratch)
    shutil.rmtree(scratch)
    with RESULTS.open("a") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line), flush=True)


def results():
    lines = map(json.loads, RESULTS.read_text().splitlines()) if RESULTS.exists() else []
    return {(line["preset"], line["images"], line["row"]): line for line in lines}


def run(options):
    done = results()
    cells = [(preset, name, row) for preset in options.presets for row in options.rows for name in options.sets]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for pending in [pool.submit(cell, options, *one) for one in cells if one not in done]:
            pending.result()


def table(_):
    done = results()
    print("| | " + " | ".join(SIDES) + " |")
    print("|---|" + "---:|" * len(SIDES))
    for preset in ("quick", "trial", "hour", "overnight"):
        for row in ROWS:
            found = [done.get((preset, name, row)) for name in SIDES]
            if any(found):
                cells = (f"{line['knn']:.1f} / {line['probe']:.1f}" if line else "" for line in found)
                print(f"| {preset}, {row} | " + " | ".join(cells) + " |")
    random = [next((line for key, line in done.items() if key[1:] == (name, "patches 8 x 8")), None) for name in SIDES]
    cells = (f"{line['random_knn']:.1f} / {line['random_probe']:.1f}" if line else "" for line in random)
    print("| not pretrained | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("prepare")
    one.add_argument("data", type=pathlib.Path)
    one.add_argument("work", type=pathlib.Path)
    one.set_defaults(call=prepare)
    one = commands.add_parser("run")
    one.add_argument("work", type=pathlib.Path)
    one.add_argument("--sets", nargs="+", choices=SIDES, default=list(SIDES))
    one.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    one.add_argument("--presets", nargs="+", default=["quick"])
    one.add_argument("--jobs", type=int, default=os.cpu_count())
    one.set_defaults(call=run)
    one = commands.add_parser("table")
    one.set_defaults(call=table)
    options = parser.parse_args()
    options.call(options)


if __name__ == "__main__":
    sys.exit(main())
