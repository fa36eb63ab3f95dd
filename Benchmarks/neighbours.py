#!/usr/bin/env python3
"""How fast a pretraining step is beside busy programs: SplitMask's and PyTorch's, in turns, as a Markdown table.

    Benchmarks/neighbours.py [--busy 0 1 2] [--steps 12] [--python PYTHON] [--only NAME]

PYTHON is an interpreter that has torch. SplitMask's figure is the median of what a run of `splitmask pretrain` logs, PyTorch's that of
Benchmarks/pytorch/splitmask_step.py. A busy program is a loop without end, one a processor. Run it on a machine that is otherwise idle.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPLITMASK = ROOT / ".build/release/splitmask"
STEP = ROOT / "Benchmarks/pytorch/splitmask_step.py"

MODELS = {
    "ViT-S/16, 224 pixels, batch 32": {
        "model": "vit-small", "image": 224, "patch": 16, "batch": 32, "vocabulary": 8192, "set": [],
    },
    "ViT-Ti/4, 32 pixels, batch 128": {
        "model": "vit-tiny", "image": 32, "patch": 4, "batch": 128, "vocabulary": 8192, "set": [],
    },
    "width 96, depth 4, patches of 4, 32 pixels, batch 64": {
        "model": "width-96", "image": 32, "patch": 4, "batch": 64, "vocabulary": 8192,
        "set": ["model.architecture=vit-tiny", "model.width=96", "model.headCount=3", "model.depth=4"],
    },
}


@contextlib.contextmanager
def neighbours(count):
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def ours(model, images, options, settings, environment):
    """Images a second of the median logged step."""
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        command = [SPLITMASK, "pretrain", images, "--out", run, "--image-size", model["image"]]
        command += ["--patch-size", model["patch"], "--batch-size", model["batch"], "--steps", options.steps]
        command += ["--vocabulary", model["vocabulary"]]
        if not model["set"]:
            command += ["--model", model["model"]]
        for setting in model["set"] + settings + [
            "splitmask.decoder.depth=2", "training.logEvery=1", "onlineProbe=false", "regime=standard",
        ]:
            command += ["--set", setting]
        subprocess.run([str(part) for part in command], check=True, capture_output=True, env=os.environ | environment)
        rates = [json.loads(line).get("images_per_second") for line in (run / "metrics.jsonl").open()]
        return statistics.median([rate for rate in rates if rate][2:])


def pytorch(model, options, threads):
    """Images a second of the median step; nothing where PyTorch is not there."""
    if not options.python:
        return None
    command = [options.python, STEP, "--model", model["model"], "--image-size", model["image"], "--malloc", "tuned"]
    command += ["--patch-size", model["patch"], "--batch", model["batch"], "--vocabulary", model["vocabulary"]]
    command += ["--steps", options.steps - 2, "--warmup", 2, "--threads", threads]
    out = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    return json.loads(out)["images_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--python", help="an interpreter that has torch")
    parser.add_argument("--only", default="", help="models whose name contains this")
    options = parser.parse_args()
    threads = os.cpu_count()
    with tempfile.TemporaryDirectory() as folder:
        candidates = {
            "SplitMask, replicas": lambda model, images: ours(model, images, options, [], {}),
            "SplitMask, one replica": lambda model, images: ours(model, images, options, ["training.replicas=1"], {}),
            "SplitMask, one thread": lambda model, images: ours(
                model, images, options, ["training.replicas=1"], {"OMP_NUM_THREADS": "1"}),
            "PyTorch eager": lambda model, images: pytorch(model, options, threads),
            "PyTorch eager, one thread": lambda model, images: pytorch(model, options, 1),
        }
        print("| | images/s | " + " | ".join(f"{count} busy" for count in options.busy) + " |")
        print("|---|---|" + "---:|" * len(options.busy))
        for name, model in MODELS.items():
            if options.only not in name:
                continue
            images = pathlib.Path(folder) / f"images-{model['image']}"
            if not images.exists():
                shapes = [SPLITMASK, "data", "shapes", images, "--images", "512", "--size", str(model["image"])]
                subprocess.run([str(part) for part in shapes], check=True, capture_output=True)
            rates = {candidate: [] for candidate in candidates}
            for count in options.busy:
                for candidate, measure in candidates.items():
                    with neighbours(count):
                        rates[candidate].append(measure(model, images / "train"))
            for candidate, values in rates.items():
                if None not in values:
                    print(f"| {name} | {candidate} | " + " | ".join(f"{value:.1f}" for value in values) + " |")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
