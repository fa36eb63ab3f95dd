#!/usr/bin/env python3
"""mmsegmentation's PhotoMetricDistortion with given draws, by OpenCV, on a small image: distortion.safetensors.

Written from the published operation (mmsegmentation 0.11, mmseg/datasets/pipelines/transforms.py): 8-bit values after
every change; hue in steps of two degrees.
Needs NumPy, opencv-python-headless and safetensors.
"""

import pathlib

import cv2
import numpy as np
from safetensors.numpy import save_file

# brightness, contrast, contrast first, saturation, hue; NaN leaves a change out
DRAWS = np.array([
    [20, np.nan, 0, np.nan, np.nan], [-32, 1.5, 1, np.nan, np.nan], [np.nan, 0.5, 0, 1.4, np.nan],
    [np.nan, np.nan, 0, 0.5, np.nan], [np.nan, np.nan, 1, np.nan, 17], [np.nan, np.nan, 1, np.nan, -18],
    [12.5, 1.25, 0, 1.5, -9], [-7.25, 0.75, 1, 0.6, 5],
], np.float32)  # fmt: skip


def convert(image, alpha=1.0, beta=0.0):
    """cv2 rounds neither: NumPy's cast cuts off, as mmsegmentation's does."""
    return np.clip(image.astype(np.float32) * alpha + beta, 0, 255).astype(np.uint8)


def distort(image, brightness, contrast, first, saturation, hue):
    image = image[..., ::-1]
    if not np.isnan(brightness):
        image = convert(image, beta=brightness)
    if first and not np.isnan(contrast):
        image = convert(image, alpha=contrast)
    if not np.isnan(saturation):
        hsv = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_BGR2HSV)
        hsv[..., 1] = convert(hsv[..., 1], alpha=saturation)
        image = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)
    if not np.isnan(hue):
        hsv = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_BGR2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + int(hue)) % 180
        image = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)
    if not first and not np.isnan(contrast):
        image = convert(image, alpha=contrast)
    return np.ascontiguousarray(image[..., ::-1])


draw = np.random.default_rng(0)
image = draw.integers(0, 256, (24, 24, 3), dtype=np.uint8)
image[:8] = cv2.GaussianBlur(image[:8], (5, 5), 2)
image[8] = image[8, :, :1]
results = np.stack([distort(image, *row) for row in DRAWS])
save_file({"image": image, "draws": DRAWS, "results": results}, pathlib.Path(__file__).with_name("distortion.safetensors"))
