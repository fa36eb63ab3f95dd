#!/usr/bin/env python3
"""Loads an exported encoder of other channels than red, green and blue into timm, strictly, and compares features.

    check_channels.py encoder.safetensors features.npy features.txt [--images 10] [--root FOLDER]

The first images of features.txt, TIFF files of the encoder's own size, are read by tifffile, scaled and normalised as the file's
metadata says, and go through timm's own model. Exit 0 when the largest absolute difference is at most 1e-5, else 1.

Needs: pip install torch timm safetensors tifffile imagecodecs numpy.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import tifffile
import torch
from check_encoder import facts, import_timm
from safetensors.torch import load_file

TOLERANCE = 1e-5


def main():
    parser = argparse.ArgumentParser()
    for name in ["encoder", "features", "names"]:
        parser.add_argument(name, type=Path)
    parser.add_argument("--images", type=int, default=10)
    parser.add_argument("--root", type=Path, default=Path())
    options = parser.parse_args()
    timm, _ = import_timm()
    known = facts(options.encoder)
    model = timm.models.vision_transformer.VisionTransformer(
        img_size=known["image_size"], patch_size=known["patch_size"], in_chans=known["in_chans"],
        embed_dim=known["width"], depth=known["depth"], num_heads=known["heads"], mlp_ratio=known["mlp_ratio"],
        num_classes=0,
    )  # fmt: skip
    model.load_state_dict(load_file(options.encoder), strict=True)
    model.eval()
    channels = known["pixel_format"]["channels"]
    mean, deviation = (np.array(known[key])[:, None, None] for key in ["mean", "std"])
    worst = 0.0
    rows = zip(options.names.read_text().splitlines(), np.load(options.features))
    for name, expected in list(rows)[: options.images]:
        stored = tifffile.imread(options.root / name).astype(np.float64)
        if stored.ndim == 2:
            stored = stored[..., None]
        planes = [np.clip((stored[..., c["source"] - 1] - c["low"]) / (c["high"] - c["low"]), 0, 1) for c in channels]
        pixels = torch.tensor((np.stack(planes) - mean) / deviation, dtype=torch.float32)
        with torch.no_grad():
            tokens = model.forward_features(pixels[None])
        worst = max(worst, float(np.abs(tokens[0, 1:].mean(0).numpy() - expected).max()))
    print(f"timm {timm.__version__}: {options.images} images, {known['in_chans']} channels, largest difference {worst:.1e}")
    sys.exit(worst > TOLERANCE)


if __name__ == "__main__":
    main()
