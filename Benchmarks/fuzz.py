#!/usr/bin/env python3
"""Damages the files that users bring, in thousands of ways, and reads them: no crash, no hang over 10 s, nothing else touched.

    Benchmarks/fuzz.py DATA... [--images 20000] [--others 2000] [--python PYTHON] [--only READER]

DATA holds sound images, COCO files, label maps and tar files, anywhere below. PYTHON is an interpreter that has torch, safetensors and
Pillow; with it, files of torch.save and of every image format are damaged too. Prints a Markdown table. The same number damages the same file in the same way: what is found is repeated with

    .build/release/ReaderFuzz FILES --reader READER --first NUMBER --count 1 --scratch FOLDER
"""

import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FUZZ = ROOT / ".build/release/ReaderFuzz"
SPLITMASK = ROOT / ".build/release/splitmask"
LARGEST = 200_000

PYTORCH = """
import sys, torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
weights = load_file(sys.argv[1])
about = {key: value for key, value in safe_open(sys.argv[1], "pt").metadata().items() if "crc" not in key}
torch.save(weights, sys.argv[2] + "/plain.pth")
torch.save({"model": weights, "optimizer": {"lr": 0.1, "steps": [1, 2]}, "epoch": 3, "args": None}, sys.argv[2] + "/checkpoint.pth")
torch.save({"state_dict": {"module." + name: tensor.half() for name, tensor in weights.items()}}, sys.argv[2] + "/half.pth")
save_file(weights, sys.argv[2] + "/unchecked.safetensors", about)
# Without checksums, damage gets as far as the pickle.
for name in ("plain", "checkpoint", "half"):
    content = bytearray(open(f"{sys.argv[2]}/{name}.pth", "rb").read())
    for mark, place in ((b"PK\\x01\\x02", 16), (b"PK\\x03\\x04", 14), (b"PK\\x07\\x08", 4)):
        at = content.find(mark)
        while at >= 0:
            content[at + place : at + place + 4] = bytes(4)
            at = content.find(mark, at + 4)
    open(f"{sys.argv[2]}/unchecked-{name}.pth", "wb").write(content)
"""

PILLOW = """
import sys, random
from PIL import Image
random.seed(0)
photo = Image.new("RGB", (61, 47))
photo.putdata([(x * 4 % 256, y * 5 % 256, random.randrange(256)) for y in range(47) for x in range(61)])
frames = [photo, photo.rotate(90), photo.rotate(180)]
many = {"save_all": True, "append_images": frames[1:]}
written = [
    ("a.jpg", "RGB", {}), ("progressive.jpg", "RGB", {"progressive": True}), ("grey.jpg", "L", {}), ("cmyk.jpg", "CMYK", {}),
    ("full.jpg", "RGB", {"subsampling": 0, "quality": 98}), ("restart.jpg", "RGB", {"restart_marker_blocks": 2}),
    ("a.png", "RGB", {}), ("alpha.png", "RGBA", {}), ("grey.png", "L", {}), ("la.png", "LA", {}), ("palette.png", "P", {}),
    ("bits.png", "1", {}), ("deep.png", "I;16", {}), ("a.webp", "RGB", {}), ("lossless.webp", "RGBA", {"lossless": True}),
    ("moving.webp", "RGB", many), ("a.gif", "P", {}), ("moving.gif", "P", many), ("a.bmp", "RGB", {}), ("palette.bmp", "P", {}),
    ("bits.bmp", "1", {}), ("a.dib", "RGB", {}), ("a.tif", "RGB", {}), ("lzw.tif", "RGB", {"compression": "tiff_lzw"}),
    ("deflate.tif", "L", {"compression": "tiff_adobe_deflate"}), ("jpeg.tif", "RGB", {"compression": "jpeg"}),
    ("packbits.tif", "P", {"compression": "packbits"}), ("fax.tif", "1", {"compression": "group4"}), ("deep.tif", "I;16", {}),
    ("float.tif", "F", {}), ("cmyk.tif", "CMYK", {}), ("pages.tif", "RGB", many), ("a.ppm", "RGB", {}), ("a.pgm", "L", {}),
    ("a.pbm", "1", {}), ("a.jp2", "RGB", {}), ("a.j2k", "L", {}), ("a.avif", "RGB", {}), ("alpha.avif", "RGBA", {}), ("a.mpo", "RGB", many),
]
for name, mode, options in written:
    image = photo.convert("L").convert(mode) if mode in ("I;16", "F") else photo.convert(mode)
    image.save(sys.argv[1] + "/" + name, **options)
"""


def small(files):
    return [file for file in files if file.is_file() and 0 < file.stat().st_size <= LARGEST]


def of_each_kind(files, most):
    """At most so many files of every ending, so that no format is drowned by another."""
    kinds = {}
    for file in sorted(files):
        kinds.setdefault(file.suffix.lower(), []).append(file)
    return [file for kind in kinds.values() for file in kind[:: max(1, len(kind) // most)][:most]]


def weights(folder, python):
    shapes = folder / "shapes"
    run = folder / "run"
    quiet = {"check": True, "capture_output": True}
    subprocess.run([SPLITMASK, "data", "shapes", shapes, "--images", "40", "--size", "16"], **quiet)
    shape = ["model.architecture=vit-tiny", "model.width=64", "model.headCount=1", "model.depth=2"]
    command = [SPLITMASK, "pretrain", shapes / "train", "--out", run, "--steps", "1", "--batch-size", "8", "--image-size", "16"]
    command += ["--patch-size", "8", "--set", "onlineProbe=false", "--vocabulary", "32"]
    for setting in shape:
        command += ["--set", setting]
    subprocess.run([str(part) for part in command], **quiet)
    sound = [run / "encoder.safetensors"] + sorted((run / "checkpoints").glob("*.safetensors"))
    settings = sorted(run.glob("*.yaml"))
    saved = []
    if python:
        subprocess.run([python, "-c", PYTORCH, str(sound[0]), str(folder)], check=True)
        saved = sorted(folder.glob("*.pth"))
        sound += [folder / "unchecked.safetensors"] * 3
    return sound, saved, settings


def texts(folder):
    rows = [f"images/{number}.png" for number in range(40)]
    (folder / "labels.csv").write_text("path,label\n" + "".join(f"{row},class {i % 3}\n" for i, row in enumerate(rows)))
    (folder / "labels.tsv").write_text("".join(f"{row}\t{i % 3}\n" for i, row in enumerate(rows)))
    (folder / "quoted.csv").write_text("".join(f'"{row}","a ""b"", {i % 3}"\n' for i, row in enumerate(rows)))
    return sorted(folder.glob("*.?sv"))


def archives(folder, images):
    for name, form in (("pax", tarfile.PAX_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("ustar", tarfile.USTAR_FORMAT)):
        with tarfile.open(folder / f"{name}.tar", "w", format=form) as archive:
            for number, image in enumerate(images[:12]):
                archive.add(image, f"{number:04}{image.suffix}")
                label = folder / f"{number:04}.cls"
                label.write_text(str(number % 3))
                archive.add(label, label.name)
    return sorted(folder.glob("*.tar"))


def digest(folder):
    return hashlib.sha256(b"".join(
        str(file).encode() + hashlib.sha256(file.read_bytes()).digest() for file in sorted(folder.rglob("*")) if file.is_file()
    )).hexdigest()


def run(reader, files, count, keep):
    """Reads `count` damaged files; what crashed or hung is copied to `keep`."""
    faults, results, first = [], [], 0
    while first < count:
        with tempfile.TemporaryDirectory() as scratch:
            command = [FUZZ, *files, "--reader", reader, "--first", first, "--count", count - first, "--scratch", scratch]
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
            if done.returncode == 0:
                results.append(json.loads(done.stdout))
                break
            number = int((pathlib.Path(scratch) / "number").read_text())
            why = "hang" if done.returncode == 75 else f"status {done.returncode}"
            faults.append(f"{number}: {why}: {done.stderr.strip().splitlines()[-1:]}")
            for damaged in pathlib.Path(scratch).glob("damaged-*"):
                keep.mkdir(parents=True, exist_ok=True)
                damaged.rename(keep / f"{reader}-{number}-{damaged.name}")
            first = number + 1
    total = {key: sum(result[key] for result in results) for key in ("read", "refused")}
    slowest = max((result["slowestSeconds"] for result in results), default=0)
    memory = max((result["peakMegabytes"] for result in results), default=0)
    print(f"| {reader} | {len(files)} | {count} | {total['read']} | {total['refused']} | {slowest:.1f} | {memory} | {len(faults)} |", flush=True)
    for fault in faults:
        print(f"  {reader} {fault}", file=sys.stderr)
    return len(faults)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=pathlib.Path, nargs="+", help="folders with sound files")
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--others", type=int, default=2_000)
    parser.add_argument("--python", help="an interpreter that has torch, safetensors and Pillow")
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("fuzz-faults"), help="a folder for the files that failed")
    parser.add_argument("--only", default="", help="readers whose name contains this")
    options = parser.parse_args()
    everything = small(file for folder in options.data for file in folder.rglob("*"))
    images = of_each_kind([file for file in everything if file.suffix.lower() not in {".json", ".txt", ".csv", ".md", ".tsv", ".tar"}], 8)
    maps = [file for file in everything if file.suffix == ".png" and "annot" in str(file)][:20]
    deep = [file for file in everything if file.suffix.lower() in {".tif", ".tiff", ".npy"}][:40]
    coco = [file for file in everything if file.suffix == ".json" and b'"annotations"' in file.read_bytes()][:8]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if options.python:
            formats = folder / "formats"
            formats.mkdir()
            subprocess.run([options.python, "-c", PILLOW, str(formats)], check=True)
            images += sorted(formats.iterdir())
        sound, saved, settings = weights(folder, options.python)
        plain = [file for file in images if file.suffix.lower() in {".png", ".jpg", ".jpeg"} and file.stat().st_size < 20_000]
        kinds = [
            ("image", images, options.images), ("label-map", maps, options.others),
            ("samples", deep, options.others), ("weights", sound, options.others),
            ("weights", saved, options.others), ("tar", archives(folder, plain), options.others), ("coco", coco, options.others),
            ("list", texts(folder), options.others), ("settings", settings, options.others),
        ]
        before = digest(folder)
        print("| reader | sound files | damaged | read | refused | slowest, s | peak MB | crashed or hung |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        faults = sum(run(reader, files, count, options.keep) for reader, files, count in kinds if files and options.only in reader)
        if digest(folder) != before:
            sys.exit("a sound file was changed")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
