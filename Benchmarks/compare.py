"""Measures the training step against PyTorch and the loader against Pillow and OpenCV, in turns, as Markdown tables.

    Benchmarks/run [--quick] [--rounds 3] [--json FILE] [--write]

Every round runs each candidate once, one after the other, so that a slow spell of the machine meets all of them. A
candidate's figure is the median over the rounds of what its median step gave; a ratio divides two such figures.
"""

import argparse
import datetime
import importlib.util
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RELEASE = ROOT / ".build/release"
PAGE = ROOT / "docs/benchmarks.md"
PRESETS = {
    "ViT-S/16, 224 pixels, batch 32": {"model": "vit-small", "image-size": 224, "patch-size": 16, "batch": 32},
    "ViT-Ti/4, 32 pixels, batch 128": {"model": "vit-tiny", "image-size": 32, "patch-size": 4, "batch": 128},
    "Fine-tuning, ViT-S/16, 224 pixels, batch 32": {
        "task": "finetune", "model": "vit-small", "image-size": 224, "patch-size": 16, "batch": 32,
    },
    "Embedding, ViT-S/16, 224 pixels, batch 64": {
        "task": "embed", "model": "vit-small", "image-size": 224, "patch-size": 16, "batch": 64,
    },
}
OURS = "SplitMask"
PEERS = {
    f"PyTorch {mode}, {malloc} malloc": ["--mode", mode, "--malloc", malloc]
    for mode in ("eager", "compile")
    for malloc in ("default", "tuned")
}


def parse():
    parser = argparse.ArgumentParser(prog="Benchmarks/run", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=6, help="steps that each run times")
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="", help="presets whose name contains this")
    parser.add_argument("--batch", type=int, help="another batch size for every preset")
    parser.add_argument("--vocabulary", type=int, default=8192)
    parser.add_argument("--no-loader", action="store_true", help="leave the loader out")
    parser.add_argument("--json", type=pathlib.Path, help="write every figure there")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    return parser.parse_args()


def has(*modules):
    return all(importlib.util.find_spec(module) for module in modules)


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure(command):
    """The JSON that a command prints; None, with the reason on standard error, when it fails."""
    process = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, check=False)
    if process.returncode != 0:
        say(f"  failed with status {process.returncode} and is left out")
        return None
    return json.loads(process.stdout)


def run_steps(preset, options):
    """Reports of every candidate that works, a list with one a round."""
    settings = preset | {"vocabulary": options.vocabulary, "threads": options.threads}
    settings |= {"warmup": options.warmup, "steps": options.steps}
    shared = [part for key, value in settings.items() for part in (f"--{key}", value)]
    commands = {OURS: [RELEASE / "StepBenchmark", *shared]}
    if has("torch"):
        script = ROOT / "Benchmarks/pytorch" / ("classifier_step.py" if "task" in preset else "splitmask_step.py")
        commands |= {name: [sys.executable, script, *shared, *extra] for name, extra in PEERS.items()}
    reports = {name: [] for name in commands}
    for number in range(options.rounds):
        for name in [name for name in commands if reports[name] is not None]:
            say(f"  round {number + 1} of {options.rounds}: {name}")
            report = measure(commands[name])
            reports[name] = None if report is None else reports[name] + [report]
    return {name: list_ for name, list_ in reports.items() if list_}


def summarise(reports, batch):
    """Figures of every candidate, the medians over its rounds."""
    # All do the same work; ours counts it too, where there is no peer.
    work = next(list_[0].get("step_gflop") or list_[0]["stepGflop"] for list_ in reports.values())
    figures = {}
    for name, rounds in reports.items():
        rates = [batch / statistics.median(report["seconds"]) for report in rounds]
        gflops = [report.get("matmulGflops") or report["matmul_gflops"] for report in rounds]
        memory = [report.get("peakRssMib") or report["peak_rss_mib"] for report in rounds]
        shares = [work / batch * rate / speed for rate, speed in zip(rates, gflops)]
        figures[name] = {
            "images_per_second": statistics.median(rates), "range": [min(rates), max(rates)],
            "peak_rss_mib": statistics.median(memory), "matmul_gflops": statistics.median(gflops),
            "matmul_share": statistics.median(shares),
        }  # fmt: skip
    return figures


def step_table(title, figures, stages):
    lines = [f"### {title}", ""]
    peers = {name: value["images_per_second"] for name, value in figures.items() if name != OURS}
    ours = figures[OURS]["images_per_second"]
    if peers:
        fastest = max(peers, key=peers.get)
        lines += [f"**{ours / peers[fastest]:.2f} times** the faster PyTorch ({fastest}).", ""]
    lines += ["| | images/s | range | SplitMask is | peak memory | MFU |", "|---|---:|---:|---:|---:|---:|"]
    for name, value in figures.items():
        low, high = value["range"]
        ratio = "" if name == OURS else f"{ours / value['images_per_second']:.2f} ×"
        lines.append(
            f"| {name} | {value['images_per_second']:.1f} | {low:.1f} to {high:.1f} | {ratio} "
            f"| {value['peak_rss_mib']:,.0f} MiB | {value['matmul_share']:.0%} |"
        )
    shares = ", ".join(f"{stage} {share:.0%}" for stage, share in sorted(stages.items(), key=lambda item: -item[1]))
    rate = figures[OURS]["matmul_gflops"]
    return "\n".join([*lines, "", f"SplitMask's step: {shares}. Matrix rate: {rate:.0f} Gflop/s.", ""])


def photos():
    """A folder of photographs: those of SPLITMASK_TEST_DATA, or composed ones."""
    data, cache = os.environ.get("SPLITMASK_TEST_DATA"), pathlib.Path(tempfile.gettempdir())
    archive = pathlib.Path(data or ".") / "photos.tar.xz"
    if data and archive.exists():
        folder = cache / "splitmask-bench-photos"
        if not folder.exists():
            partial = tempfile.mkdtemp(dir=cache)
            with tarfile.open(archive) as tar:
                tar.extractall(partial, filter="data")
            os.rename(partial, folder)
        return folder, "photographs"
    folder = cache / "splitmask-bench-shapes"
    subprocess.run([RELEASE / "splitmask", "data", "shapes", folder, "--size", "512", "--images", "500"], check=True)
    return folder / "train", "composed images of 512 pixels"


def run_loader(options):
    """The loader's tables and figures."""
    folder, kind = photos()
    if not has("numpy", "PIL", "cv2"):
        report = measure([RELEASE / "LoaderBenchmark", folder, "--workers", options.threads])
        rate = report["images_per_second"] if report else 0
        return f"### Loader, {kind}\n\nOurs alone, {options.threads} threads: {rate:.0f} images/s.\n", report
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, ROOT / "Benchmarks/loader.py", folder, "--rounds", options.rounds]
        command += ["--benchmark", RELEASE / "LoaderBenchmark", "--json", file.name]
        table = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, check=True).stdout
        return f"### Loader, {kind}\n\n{table}", json.load(file)


def machine():
    model = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        names = re.findall(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
        model = names[0] if names else model
    doctor = subprocess.run([RELEASE / "splitmask", "doctor"], stdout=subprocess.PIPE, text=True, check=True).stdout
    engine = re.search(r"^libtorch\s+(.*)$", doctor, re.M).group(1)
    return f"{model}, {os.cpu_count()} processors; libtorch {engine}; {datetime.date.today()}"


def write_page(text):
    """Puts the tables between the page's markers."""
    begin, end = "<!-- measured: begin -->", "<!-- measured: end -->"
    head, rest = PAGE.read_text().split(begin)
    PAGE.write_text(f"{head}{begin}\n{text}\n{end}{rest.split(end)[1]}")


def main():
    options = parse()
    if options.quick:
        options.rounds = 1
    notes = f"{machine()}; {options.threads} threads, {options.rounds} rounds of {options.steps} steps."
    parts, everything = [notes, ""], {"machine": notes, "steps": {}}
    if not has("torch"):
        parts += ["PyTorch was not there: ours alone.", ""]
    for title, preset in PRESETS.items():
        if options.only not in title:
            continue
        if options.batch:
            preset = preset | {"batch": options.batch}
            title = re.sub(r"batch \d+", f"batch {options.batch}", title)
        say(title)
        reports = run_steps(preset, options)
        if OURS not in reports:
            sys.exit("our own benchmark failed")
        figures = summarise(reports, preset["batch"])
        everything["steps"][title] = {"figures": figures, "rounds": reports}
        parts.append(step_table(title, figures, reports[OURS][-1]["stageShares"]))
    if not options.no_loader:
        say("loader")
        table, everything["loader"] = run_loader(options)
        parts.append(table)
    text = "\n".join(parts)
    print(text)
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1))
    if options.write:
        write_page(text)


if __name__ == "__main__":
    main()
