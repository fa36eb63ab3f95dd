"""Makes randaugment.safetensors: what timm's RandAugment operations make of small pictures at several magnitudes, as in
`rand-m9-mstd0.5-inc1` with bicubic interpolation and ImageNet's mean as fill. Names are set/operation/magnitude/sign.
Needs timm, Pillow 13, numpy and safetensors.

    python make.py
"""
import pathlib

import numpy as np
from PIL import Image
from safetensors.numpy import save_file
from timm.data import auto_augment

rng = np.random.default_rng(11)
HYPERPARAMETERS = {"img_mean": (124, 116, 104), "interpolation": Image.BICUBIC}
NAMES = {
    "AutoContrast": "autoContrast", "Equalize": "equalize", "Invert": "invert", "Rotate": "rotate", "Posterize": "posterize",
    "Solarize": "solarize", "SolarizeAdd": "solarizeAdd", "Color": "saturation", "Contrast": "contrast",
    "Brightness": "brightness", "Sharpness": "sharpness", "ShearX": "shearX", "ShearY": "shearY",
    "TranslateXRel": "translateX", "TranslateYRel": "translateY",
}
SIGNED = {"Rotate", "ShearX", "ShearY", "TranslateXRel", "TranslateYRel"}


def picture(width, height):
    """Gradients, hard edges and noise; channels of different range."""
    y, x = np.mgrid[0:height, 0:width]
    base = np.stack([20 + x * 200 / width, 60 + y * 90 / height, 128 + 127 * np.sin(x / 5 + y / 7)], 2)
    base[(x // 6 + y // 5) % 3 == 0] = [200, 40, 90]
    base[(x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 4) ** 2] = [215, 130, 20]
    return Image.fromarray(np.clip(base + rng.normal(0, 12, base.shape), 0, 255).astype(np.uint8))


def applied(image, name, magnitude, negated):
    auto_augment.random.random = lambda: 1.0 if negated else 0.0
    operation = auto_augment.AugmentOp(name, prob=1.0, magnitude=magnitude, hparams=HYPERPARAMETERS)
    return np.asarray(operation(image))


def add(image, group, transforms, magnitudes):
    for name in transforms:
        plain = name.removesuffix("Increasing")
        fixed = plain in ("AutoContrast", "Equalize", "Invert")
        signed = plain in SIGNED or (plain != name and plain not in ("Posterize", "Solarize"))
        for magnitude in magnitudes[:1] if fixed else magnitudes:
            for negated in (False, True) if signed else (False,):
                key = f"{group}/{NAMES[plain]}/{magnitude}/{'-' if negated else '+'}"
                tensors[key] = applied(image, name, magnitude, negated)


tensors = {}
source, flat = picture(31, 23), Image.new("RGB", (4, 3), (7, 99, 255))
tensors["source/increasing"] = tensors["source/decreasing"] = np.asarray(source)
tensors["source/flat"] = np.asarray(flat)
add(source, "increasing", auto_augment._RAND_INCREASING_TRANSFORMS, (1.0, 6.3, 9.9))
add(source, "decreasing", ["Posterize", "Solarize", "Color", "Sharpness"], (3.0, 9.0))
add(flat, "flat", ["AutoContrast", "Equalize", "Sharpness"], (9.0,))
save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, pathlib.Path(__file__).with_name("randaugment.safetensors"))
