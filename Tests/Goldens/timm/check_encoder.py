#!/usr/bin/env python3
"""Loads an exported encoder into timm, strictly, and compares the features of photographs.

    check_encoder.py encoder.safetensors features.safetensors features.txt [--root FOLDER]
    check_encoder.py --prepare FOLDER PHOTOGRAPH...        writes each photograph as timm's transform crops it, as PNG
    check_encoder.py --self-test PHOTOGRAPH...

The photographs named in features.txt go through timm's own evaluation transform and timm's own model. Exit 0 when the
largest absolute difference is at most 1e-4, else 1. `--prepare` separates the model from the decoder and the resize: embed
the PNGs without resizing, and compare with `--crop-ratio 1`.

Needs: pip install torch timm safetensors pillow, and torchvision (any build: only its transforms on PIL images are used).
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

TOLERANCE = 1e-4
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def import_timm():
    """timm and its transform factory. A torchvision built for another torch (CUDA beside CPU) cannot register its compiled
    operators and refuses to import; declaring the two it looks up is enough, as nothing here calls them."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        import_timm.library = torch.library.Library("torchvision", "FRAGMENT")  # unregisters when it is freed
        for operator in ("nms", "qnms"):
            import_timm.library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import timm
    from timm.data import create_transform

    return timm, create_transform


def facts(path):
    """The file's metadata, JSON strings decoded; plain strings stay as they are."""
    with safe_open(path, "pt") as file:
        metadata = file.metadata() or {}
    decoded = {}
    for key, value in metadata.items():
        try:
            decoded[key] = json.loads(value)
        except ValueError:
            decoded[key] = value
    return decoded


def pair(value):
    return tuple(value) if isinstance(value, (list, tuple)) else (value, value)


def readme_loader():
    """`load_encoder` as the README prints it, so that what users copy is what is checked here."""
    import_timm()
    readme = (Path(__file__).resolve().parents[3] / "README.md").read_text()
    block = readme.split("## The encoder in timm", 1)[1].split("```python\n", 1)[1].split("```", 1)[0]
    names = {}
    exec(block.split("\nencoder, about = load_encoder", 1)[0], names)
    return names["load_encoder"]


def make_transform(facts, crop_ratio):
    _, create_transform = import_timm()
    return create_transform((3, *pair(facts.get("image_size", 224))), is_training=False, interpolation="bicubic",
                            crop_pct=crop_ratio, mean=tuple(facts.get("mean", MEAN)), std=tuple(facts.get("std", STD)))


@torch.no_grad()
def reference_features(model, images, kind):
    tokens = model.eval().forward_features(images)
    mean, first = tokens[:, model.num_prefix_tokens:].mean(1), tokens[:, 0]
    kinds = {"mean": mean, "patch_mean": mean, "cls": first, "class": first, "cls+mean": torch.cat([first, mean], 1)}
    if kind not in kinds:
        raise SystemExit(f"features '{kind}' is none of {', '.join(kinds)}")
    return kinds[kind]


def load_images(paths, transform):
    from PIL import Image

    return torch.stack([transform(Image.open(path).convert("RGB")) for path in paths])


def check(encoder, features, listing, root=None, crop_ratio=0.875, limit=None):
    about = facts(encoder)
    kind = facts(features).get("features", about.get("features", "mean"))
    model, _ = readme_loader()(encoder)
    print(f"{len(model.state_dict())} tensors load strictly into the README's model")
    names = Path(listing).read_text().splitlines()
    ours = load_file(features)["features"]
    if len(names) != len(ours):
        raise SystemExit(f"{listing} names {len(names)} images, {features} holds {len(ours)} rows")
    names, ours = names[:limit], ours[:limit]
    images = load_images([Path(root or ".") / name for name in names], make_transform(about, crop_ratio))
    theirs = reference_features(model, images, kind)
    if kind == "mean" and not torch.allclose(model(images).detach(), theirs, atol=TOLERANCE):
        raise SystemExit("the README's call gives other features than the mean of the patch tokens")
    if theirs.shape != ours.shape:
        raise SystemExit(f"features are {list(ours.shape)}, timm's '{kind}' features {list(theirs.shape)}")
    differences = (ours - theirs).abs().amax(1)
    for name, difference in zip(names, differences.tolist()):
        print(f"{difference:.2e}  {name}")
    worst = differences.max().item()
    scale = theirs.abs().max().item()
    print(f"'{kind}' features: largest difference {worst:.2e} (largest value {scale:.2f}), at most {TOLERANCE} allowed")
    return worst <= TOLERANCE


def prepare(folder, photographs, crop_ratio):
    from PIL import Image

    steps = make_transform({}, crop_ratio).transforms[:2]  # resize and crop; what follows makes it a tensor
    Path(folder).mkdir(parents=True, exist_ok=True)
    for path in photographs:
        image = Image.open(path).convert("RGB")
        for step in steps:
            image = step(image)
        image.save(Path(folder) / (Path(path).stem + ".png"))
    print(f"{len(photographs)} pictures of {image.size[0]} x {image.size[1]} in {folder}")


def self_test(photographs):
    """timm's own weights and features must pass, one of each changed must not."""
    timm, _ = import_timm()
    passed = True
    with tempfile.TemporaryDirectory() as folder:
        encoder, features, listing = (str(Path(folder) / n) for n in ("e.safetensors", "f.safetensors", "f.txt"))
        Path(listing).write_text("".join(f"{Path(p).resolve()}\n" for p in photographs))
        for name, patch, size, kind in (("vit-tiny", 16, 224, "mean"), ("vit-small", 16, 224, "cls"),
                                        ("vit-base", 16, 224, "mean"), ("vit-tiny", 4, 32, "cls+mean")):
            torch.manual_seed(0)
            model = timm.create_model(f"{name.replace('-', '_')}_patch16_224", num_classes=0, img_size=size, patch_size=patch)
            about = {"model": name, "patch_size": patch, "image_size": size, "mean": MEAN, "std": STD, "features": kind,
                     "width": model.embed_dim, "depth": len(model.blocks), "heads": model.blocks[0].attn.num_heads,
                     "mlp_ratio": 4, "class_token": True}
            metadata = {key: json.dumps(value) for key, value in about.items()}
            state = {key: value.detach().clone() + 0.02 * torch.randn_like(value) for key, value in model.state_dict().items()}
            model.load_state_dict(state)
            save_file(state, encoder, metadata)
            values = reference_features(model, load_images(photographs, make_transform(about, 0.875)), kind)
            save_file({"features": values.contiguous()}, features, {"features": json.dumps(kind)})
            passed &= check(encoder, features, listing)
            values[0, 0] += 2e-4
            save_file({"features": values.contiguous()}, features, {"features": json.dumps(kind)})
            passed &= not check(encoder, features, listing)
        del state["norm.bias"]
        save_file(state, encoder, metadata)
        try:
            check(encoder, features, listing)
            passed = False
        except RuntimeError as error:
            print(f"a missing tensor is refused: {str(error).splitlines()[1].strip()}")
    print("self-test passed" if passed else "self-test FAILED")
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", help="encoder, features, listing; or photographs")
    parser.add_argument("--root", help="folder the listed paths are relative to")
    parser.add_argument("--crop-ratio", type=float, default=0.875)
    parser.add_argument("--limit", type=int, help="compare the first so many images only")
    parser.add_argument("--prepare", metavar="FOLDER")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.prepare:
        prepare(arguments.prepare, arguments.files, arguments.crop_ratio)
        return 0
    if arguments.self_test:
        return 0 if self_test(arguments.files) else 1
    if len(arguments.files) != 3:
        parser.error("expected encoder.safetensors features.safetensors features.txt")
    return 0 if check(*arguments.files, arguments.root, arguments.crop_ratio, arguments.limit) else 1


if __name__ == "__main__":
    sys.exit(main())
