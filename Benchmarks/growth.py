"""How time and memory grow with the work: entries of a data set, images of a batch, pixels, words, width. Markdown tables.

    python3 Benchmarks/growth.py [--entries 1000000] [--threads 1] [--write]

Every figure is of a process of its own: opening a data set is `splitmask pretrain --dry-run`, a step is StepBenchmark's median.
The data sets are links to a few small pictures, and shards of them, in a temporary folder.
"""

import argparse
import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RELEASE = ROOT / ".build/release"
PAGE = ROOT / "docs/benchmarks.md"
FOLDERS = 1000
# ext4 allows 65,000 links to a file.
LINKS = 50_000


def measured(command, **environment):
    """Seconds, peak MiB and the output of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ | environment,
    )  # fmt: skip
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024, output


def pictures(folder):
    """A few small pictures."""
    command = [RELEASE / "splitmask", "data", "shapes", folder, "--images", "64", "--size", "32"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return sorted(path for path in (folder / "train").rglob("*") if path.is_file())


def link_folder(folder, originals, entries):
    """A folder of class folders with that many links in all."""
    sources, made = [], 0
    for number in range(entries):
        if number % LINKS == 0:
            # A fresh inode: a copy, then links to it.
            source = folder.parent / f"source-{number}.jpg"
            shutil.copy(originals[made % len(originals)], source)
            sources.append(source)
            made += 1
        place = folder / f"class-{number % FOLDERS:04d}"
        if number < FOLDERS:
            place.mkdir(parents=True)
        os.link(sources[-1], place / f"image-{number:07d}.jpg")


def write_shards(folder, originals, entries, each=10_000):
    folder.mkdir()
    contents = [path.read_bytes() for path in originals]
    for first in range(0, entries, each):
        with tarfile.open(folder / f"shard-{first // each:04d}.tar", "w") as tar:
            for number in range(first, min(entries, first + each)):
                data = contents[number % len(contents)]
                member = tarfile.TarInfo(f"class-{number % 10}/image-{number:07d}.jpg")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))


def opening(kind, entries, scratch, originals):
    """A row: entries, seconds and MiB at first, and again."""
    folder = scratch / f"{kind}-{entries}"
    (link_folder if kind == "folder" else write_shards)(folder, originals, entries)
    cache = scratch / f"cache-{kind}-{entries}"
    command = [RELEASE / "splitmask", "pretrain", folder, "--out", scratch / "run", "--dry-run", "--device", "cpu"]
    (first, memory, _), (again, _, _) = (measured(command, XDG_CACHE_HOME=str(cache)) for _ in range(2))
    shutil.rmtree(folder)
    return f"| {kind} | {entries:,} | {first:.2f} | {again:.2f} | {memory:.0f} |"


def step(options, **settings):
    base = {"model": "vit-tiny", "image-size": 224, "patch-size": 16, "batch": 8, "vocabulary": 8192}
    values = base | settings | {"threads": options.threads, "warmup": 2, "steps": 4}
    command = [RELEASE / "StepBenchmark"] + [part for key, value in values.items() for part in (f"--{key}", value)]
    report = json.loads(measured(command)[2])
    return sorted(report["seconds"])[2], report["peakRssMib"]


def growth(options, title, key, values):
    rows = []
    for value in values:
        seconds, memory = step(options, **{key: value})
        rows.append((value, seconds, memory))
    first = rows[0][1]
    return [f"| {title} {value} | {seconds:.2f} | {seconds / first:.2f} × | {memory:,.0f} |" for value, seconds, memory in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--entries", type=int, default=1_000_000, help="the largest data set")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = parser.parse_args()
    lines = ["| opened | entries | seconds | again | peak MiB |", "|---|---:|---:|---:|---:|"]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        originals = pictures(scratch / "pictures")
        for kind in ("folder", "shards"):
            for exponent in range(2, 7):
                if 10**exponent <= options.entries:
                    lines.append(opening(kind, 10**exponent, scratch, originals))
    lines += ["", "| ViT-Ti/16, 224 pixels, batch 8, 8,192 words, but | seconds a step | | peak MiB |", "|---|---:|---:|---:|"]
    lines += growth(options, "batch", "batch", [4, 8, 16, 32])
    lines += growth(options, "pixels", "image-size", [96, 160, 224, 320, 448])
    lines += growth(options, "words", "vocabulary", [1024, 4096, 16384, 65536])
    lines += growth(options, "model", "model", ["vit-tiny", "vit-small", "vit-base"])
    text = "\n".join(lines)
    print(text)
    if options.write:
        begin, end = "<!-- growth: begin -->", "<!-- growth: end -->"
        head, rest = PAGE.read_text().split(begin)
        PAGE.write_text(f"{head}{begin}\n{text}\n{end}{rest.split(end)[1]}")


if __name__ == "__main__":
    main()
