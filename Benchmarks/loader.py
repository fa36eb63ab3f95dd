"""Runs our loader, Pillow + NumPy and OpenCV in turns, several rounds, and prints their ratios as Markdown.

    PYTHON Benchmarks/loader.py PHOTOS [--rounds 5] [--size 224] [--benchmark .build/release/LoaderBenchmark]

PYTHON must have numpy, pillow and opencv-python-headless. Build ours first: swift build -c release --product
LoaderBenchmark. The figure of each is the median over the rounds; within a round they run one after the other, so
that a slow spell of the machine meets all of them. "Two at once" runs two of our one-thread processes side by side:
what the machine gives to two threads that share nothing.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def output(process):
    text, _ = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{process.args[0]} failed with status {process.returncode}")
    return json.loads(text)


def start(command):
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("photos")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batches", type=int, default=40, help="batches of 32 that each run times")
    parser.add_argument("--benchmark", default=HERE.parent / ".build/release/LoaderBenchmark")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures there as well")
    options = parser.parse_args()

    def ours(workers):
        return [
            options.benchmark, options.photos, "--workers", workers, "--size", options.size,
            "--batches", options.batches,
        ]  # fmt: skip

    def peer(name, workers, kind="process"):
        return [
            sys.executable, HERE / "loader_peers.py", options.photos, "--peer", name, "--workers", workers,
            "--kind", kind, "--size", options.size, "--images", options.batches * 32,
        ]  # fmt: skip

    runs = {
        "SplitMask, 1 thread": [ours(1)],
        "Pillow + NumPy, 1 process": [peer("pillow", 1)],
        "OpenCV, 1 process": [peer("opencv", 1)],
        "SplitMask, 2 threads": [ours(2)],
        "Pillow + NumPy, 2 processes": [peer("pillow", 2)],
        "Pillow + NumPy, 2 threads": [peer("pillow", 2, "thread")],
        "OpenCV, 2 processes": [peer("opencv", 2)],
        "SplitMask, two at once": [ours(1), ours(1)],
    }
    figures = {name: [] for name in runs}
    processor = {name: [] for name in runs}
    memory = {}
    for round_number in range(options.rounds):
        print(f"round {round_number + 1} of {options.rounds}", file=sys.stderr)
        for name, commands in runs.items():
            results = [output(process) for process in [start(command) for command in commands]]
            figures[name].append(sum(result["images_per_second"] for result in results))
            processor[name].append(statistics.mean(result["images_per_processor_second"] for result in results))
            memory[name] = sum(result["peak_megabytes"] for result in results)
    rate = {name: statistics.median(values) for name, values in figures.items()}
    cost = {name: statistics.median(values) for name, values in processor.items()}

    def ratio(of, to, values=figures):
        return statistics.median(a / b for a, b in zip(values[of], values[to]))

    one, two, pillow = "SplitMask, 1 thread", "SplitMask, 2 threads", "Pillow + NumPy, 1 process"
    ratios = {
        "one thread against Pillow + NumPy": ratio(one, pillow),
        "against Pillow + NumPy per second of processor time": ratio(one, pillow, processor),
        "one thread against OpenCV": ratio(one, "OpenCV, 1 process"),
        "against OpenCV per second of processor time": ratio(one, "OpenCV, 1 process", processor),
        "two threads against Pillow + NumPy on two processes": ratio(two, "Pillow + NumPy, 2 processes"),
        "from one to two threads": ratio(two, one),
        "from one process to two at once (the machine's own limit)": ratio("SplitMask, two at once", one),
    }
    if options.json:
        everything = {"images_per_second": rate, "images_per_processor_second": cost, "peak_megabytes": memory}
        options.json.write_text(json.dumps(everything | {"ratios": ratios}, indent=1))
    print(f"| {options.size} x {options.size}, {options.rounds} rounds | images/s | range | per processor second | peak MB |")
    print("|---|---:|---:|---:|---:|")
    for name, values in figures.items():
        spread = f"{min(values):.0f} to {max(values):.0f}"
        print(f"| {name} | {rate[name]:.0f} | {spread} | {cost[name]:.0f} | {memory[name]:.0f} |")
    print("\n| ratio (median over the rounds) | |\n|---|---:|")
    for name, value in ratios.items():
        print(f"| {name} | {value:.2f} |")


if __name__ == "__main__":
    main()
