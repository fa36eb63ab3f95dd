"""Measures the COCO evaluator against pycocotools on the same files, in turns, as a Markdown table.

    swift build -c release --explicit-target-dependency-import-check error --product COCOBenchmark
    python Benchmarks/coco.py [--images 5000] [--detections 100] [--categories 80] [--kind bbox] [--rounds 3]

Needs pycocotools and NumPy. Both run on one thread. The time is the processor's, so that other work on the machine counts
on neither side, for matching and accumulating without reading files; the twelve numbers must agree, or the script fails.
"""

import argparse
import contextlib
import io
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

BENCHMARK = pathlib.Path(__file__).resolve().parent.parent / ".build/release/COCOBenchmark"
TRUTHS = 7  # annotations an image, as in COCO


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--detections", type=int, default=100, help="an image")
    parser.add_argument("--categories", type=int, default=80)
    parser.add_argument("--kind", choices=["bbox", "segm"], default="bbox")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--benchmark", type=pathlib.Path, default=BENCHMARK)
    parser.add_argument("--peer", nargs=2, metavar="FILE", help=argparse.SUPPRESS)
    return parser.parse_args()


def ellipse(box):
    angles = np.arange(16) * (2 * np.pi / 16)
    x, y, w, h = box
    return np.stack([x + w / 2 + w / 2 * np.cos(angles), y + h / 2 + h / 2 * np.sin(angles)], 1).round(2).ravel().tolist()


def write(options, folder):
    """Half of the detections lie about an annotation, mostly of its class; the others anywhere."""
    from pycocotools import mask

    draw = np.random.default_rng(0)
    width, height = 640, 480
    images, truths = [], []
    with open(folder / "results.json", "w") as file:
        for image in range(1, options.images + 1):
            images.append({"id": image, "file_name": f"{image}.jpg", "width": width, "height": height})
            sides = np.exp(draw.uniform(np.log(10), np.log(300), (TRUTHS, 2)))
            boxes = np.concatenate([draw.uniform(0, 1, (TRUTHS, 2)) * ([width, height] - sides), sides], 1).round(2)
            classes = draw.integers(1, options.categories + 1, TRUTHS)
            for box, category in zip(boxes.tolist(), classes.tolist()):
                truths.append(
                    {"id": len(truths) + 1, "image_id": image, "category_id": category, "bbox": box,
                     "area": box[2] * box[3] * 0.785, "iscrowd": int(draw.random() < 0.01),
                     "segmentation": [ellipse(box)]})  # fmt: skip
            for number in range(options.detections):
                if number % 2:
                    which = draw.integers(TRUTHS)
                    box = boxes[which] * draw.uniform(0.85, 1.15, 4)
                    category = classes[which] if draw.random() < 0.8 else draw.integers(1, options.categories + 1)
                else:
                    sides = np.exp(draw.uniform(np.log(10), np.log(300), 2))
                    box = np.concatenate([draw.uniform(0, 1, 2) * ([width, height] - sides), sides])
                    category = draw.integers(1, options.categories + 1)
                box = box.round(2).tolist()
                result = {"image_id": image, "category_id": int(category), "score": round(draw.random(), 3)}
                if options.kind == "bbox":
                    result["bbox"] = box
                else:
                    runs = mask.frPyObjects([ellipse(box)], height, width)[0]
                    result["segmentation"] = {"size": runs["size"], "counts": runs["counts"].decode()}
                file.write(("[" if image == 1 and number == 0 else ",\n") + json.dumps(result))
        file.write("]\n")
    categories = [{"id": index, "name": f"class {index}"} for index in range(1, options.categories + 1)]
    instances = {"images": images, "annotations": truths, "categories": categories}
    (folder / "instances.json").write_text(json.dumps(instances))


def peer(files, kind):
    """What pycocotools does, as the JSON that our benchmark prints."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        start = time.process_time()
        truth = COCO(files[0])
        evaluation = COCOeval(truth, truth.loadRes(files[1]), kind)
        loaded, wall = time.process_time(), time.perf_counter()
        evaluation.evaluate()
        evaluation.accumulate()
        end, wall = time.process_time(), time.perf_counter() - wall
        evaluation.summarize()
    report = {"load_seconds": loaded - start, "seconds": end - loaded, "wall_seconds": wall}
    print(json.dumps(report | {"stats": list(evaluation.stats)}))


def measure(command):
    return json.loads(subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, check=True).stdout)


def main():
    options = parse()
    if options.peer:
        return peer(options.peer, options.kind)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(options, folder)
        files = [folder / "instances.json", folder / "results.json"]
        commands = {
            "SplitMask": [options.benchmark, *files, "--kind", options.kind],
            "pycocotools": [sys.executable, __file__, "--kind", options.kind, "--peer", *files],
        }
        reports = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                reports[name].append(measure(command))
    worst = max(abs(a - b) for a, b in zip(*(reports[name][0]["stats"] for name in commands)))
    if worst > 1e-9:
        sys.exit(f"the twelve numbers differ by up to {worst}")
    seconds = {name: statistics.median(report["seconds"] for report in list_) for name, list_ in reports.items()}
    loads = {name: statistics.median(report["load_seconds"] for report in list_) for name, list_ in reports.items()}
    print(f"{options.images} images, {options.detections} detections each, {options.categories} classes, {options.kind}: "
          f"**{seconds['pycocotools'] / seconds['SplitMask']:.1f} times** as fast as pycocotools.\n")  # fmt: skip
    print("| processor time | evaluate and accumulate | range | reading | wall clock |\n|---|---:|---:|---:|---:|")
    for name, list_ in reports.items():
        times = [report["seconds"] for report in list_]
        wall = statistics.median(report["wall_seconds"] for report in list_)
        print(f"| {name} | {seconds[name]:.2f} s | {min(times):.2f} to {max(times):.2f} | {loads[name]:.2f} s | {wall:.2f} s |")
    print(f"\nThe twelve numbers differ by at most {worst:.1e}.")


if __name__ == "__main__":
    main()
