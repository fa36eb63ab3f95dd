#!/usr/bin/env python3
"""PIL's antialiased resampling of float pixels of any channel count, and Gaussian blur, in NumPy's float64:
float_resample.safetensors.

Written from Pillow's published algorithm (src/libImaging/Resample.c): a filter stretched by the scale, cut to the source,
its weights normalised. Where Pillow is installed, its results for mode F are compared with these.
Needs NumPy and safetensors.

    python Tests/Goldens/images/make_float_resample.py
"""

import math
import pathlib

import numpy as np
from safetensors.numpy import save_file

WIDTH, HEIGHT = 15, 11
# The source's rectangle (left, top, width, height), the scaled size, the window of that.
GEOMETRIES = [
    ((0, 0, 15, 11), (7, 5), (0, 0, 7, 5)),
    ((0, 0, 15, 11), (20, 17), (0, 0, 20, 17)),
    ((3, 2, 9, 8), (6, 10), (0, 0, 6, 10)),
    ((1, 0, 13, 9), (18, 6), (5, 1, 9, 4)),
    ((14, 10, 1, 1), (4, 3), (0, 0, 4, 3)),
    ((2, 0, 3, 11), (8, 2), (0, 0, 8, 2)),
]
RADII = [0.1, 0.6, 1.5, 6]


def bilinear(x):
    return np.maximum(1 - np.abs(x), 0)


def bicubic(x, a=-0.5):
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def lanczos(x):
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


FILTERS = {"bilinear": (bilinear, 1), "bicubic": (bicubic, 2), "lanczos": (lanczos, 3)}


def matrix(name, source, size):
    """[size, source]: the weights of one axis."""
    function, support = FILTERS[name]
    scale = source / size
    stretch = max(scale, 1)
    weights = np.zeros((size, source))
    for i in range(size):
        centre = (i + 0.5) * scale
        first = max(int(math.floor(centre - support * stretch + 0.5)), 0)
        last = min(int(math.floor(centre + support * stretch + 0.5)), source)
        taps = function((np.arange(first, last) - centre + 0.5) / stretch)
        weights[i, first:last] = taps / taps.sum()
    return weights


def resample(image, name, box, size):
    left, top, width, height = box
    part = image[top : top + height, left : left + width].astype(np.float64)
    return np.einsum("yh,xw,hwc->yxc", matrix(name, height, size[1]), matrix(name, width, size[0]), part)


def blur(image, radius):
    """Edges repeated; the kernel sampled as far as 4 standard deviations."""
    reach = math.ceil(4 * radius)
    kernel = np.exp(-np.arange(-reach, reach + 1) ** 2 / (2 * radius**2))
    kernel /= kernel.sum()
    result = image.astype(np.float64)
    for axis in (0, 1):
        padded = np.pad(result, [(reach, reach) if a == axis else (0, 0) for a in range(3)], mode="edge")
        result = np.apply_along_axis(lambda line: np.convolve(line, kernel, "valid"), axis, padded)
    return result


def compare_with_pillow(image):
    try:
        from PIL import Image
    except ImportError:
        return print("Pillow is not installed; nothing compared")
    filters = {name: getattr(Image.Resampling, name.upper()) for name in FILTERS}
    worst = 0
    for name in FILTERS:
        for box, size, _ in GEOMETRIES:
            left, top, width, height = box
            for channel in range(image.shape[2]):
                part = Image.fromarray(image[top : top + height, left : left + width, channel].copy())
                theirs = np.asarray(part.resize(size, filters[name]))
                worst = max(worst, np.abs(resample(image, name, box, size)[..., channel] - theirs).max())
    print(f"Pillow's mode F differs by at most {worst:.1e}")
    assert worst < 1e-4


draw = np.random.default_rng(0)
tensors = {}
for channels in (1, 2, 5, 7):
    # Noise with hard edges, so that filters overshoot both ends of the scale.
    image = draw.uniform(0, 255, (HEIGHT, WIDTH, channels)).astype(np.float32)
    image[4:7] = 255
    image[:, 8:10] = 0
    tensors[f"source/{channels}"] = image
    compare_with_pillow(image)
    for name in FILTERS:
        for number, (box, size, window) in enumerate(GEOMETRIES):
            result = resample(image, name, box, size)
            left, top, width, height = window
            result = result[top : top + height, left : left + width]
            flipped = (number + channels) % 2
            key = "/".join([",".join(map(str, part)) for part in (box, size, window)])
            tensors[f"resample/{channels}/{name}/{key}/{flipped}"] = result[:, ::-1] if flipped else result
    for radius in RADII:
        tensors[f"blur/{channels}/{radius}"] = blur(image, radius)
tensors = {key: np.ascontiguousarray(value, np.float32) for key, value in tensors.items()}
save_file(tensors, pathlib.Path(__file__).with_name("float_resample.safetensors"))
