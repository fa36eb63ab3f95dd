"""Makes images.safetensors: encoded images with the pixels that PIL decodes, and PIL's and torchvision's results of
resizing, colour changes and blur. Needs numpy, Pillow 13 or later (its choice of the first pass matters) and torchvision.

    python make.py
"""
import io
import json
import math
import pathlib
import struct

import numpy as np
from PIL import Image, ImageFilter, ImageOps

import torch

# torchvision's compiled operators are of no use here, and may not fit the torch that is installed.
_operators = torch.library.Library("torchvision", "DEF")
for _name in ("nms", "qnms"):
    _operators.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision.transforms.functional as F
from torchvision.transforms import CenterCrop, InterpolationMode, Resize

MEAN = np.array([124, 116, 104])
tensors, rng = {}, np.random.default_rng(7)


def picture(width, height):
    """Gradients, hard edges and noise, so that overshoot is clipped and every colour sector occurs."""
    y, x = np.mgrid[0:height, 0:width]
    base = np.stack([x * 255 / width, y * 255 / height, 128 + 127 * np.sin(x / 5 + y / 7)], 2)
    base[(x // 9 + y // 11) % 3 == 0] = rng.integers(0, 256, 3)
    base[(x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 4) ** 2] = [250, 4, 120]
    return Image.fromarray(np.clip(base + rng.normal(0, 12, base.shape), 0, 255).astype(np.uint8))


def encoded(image, form, **options):
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def add_decode(name, data, expected=None):
    if expected is None:
        expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    tensors[f"decode/{name}/encoded"] = np.frombuffer(data, np.uint8)
    tensors[f"decode/{name}/expected"] = np.asarray(expected).astype(np.uint8)


def on_mean(image, alpha):
    rgb, alpha = np.asarray(image.convert("RGB")).astype(int), np.asarray(alpha).astype(int)[..., None]
    return (rgb * alpha + MEAN * (255 - alpha) + 127) // 255


def turned(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    return exif


def add_formats():
    photo = picture(37, 26)
    grey, palette = photo.convert("L"), photo.quantize(40)
    alpha = Image.fromarray(np.tile(np.linspace(0, 255, 37).astype(np.uint8), (26, 1)))
    for sampling in ("4:4:4", "4:2:2", "4:2:0", "4:1:1"):
        add_decode(f"jpeg {sampling}", encoded(photo, "JPEG", quality=85, subsampling=sampling))
    add_decode("jpeg progressive", encoded(photo, "JPEG", quality=90, progressive=True))
    add_decode("jpeg restarts", encoded(photo, "JPEG", restart_marker_rows=1))
    add_decode("jpeg grey", encoded(grey, "JPEG"))
    add_decode("jpeg cmyk", encoded(photo.convert("CMYK"), "JPEG", quality=90))
    for orientation in range(2, 9):
        add_decode(f"jpeg orientation {orientation}", encoded(photo, "JPEG", exif=turned(orientation)))
    add_decode("png rgb", encoded(photo, "PNG"))
    add_decode("png grey", encoded(grey, "PNG"))
    add_decode("png bilevel", encoded(photo.convert("1"), "PNG"))
    add_decode("png palette", encoded(palette, "PNG"))
    add_decode("png orientation 6", encoded(photo, "PNG", exif=turned(6)))
    clear = np.where(np.asarray(palette)[..., None] == 3, MEAN, np.asarray(palette.convert("RGB")))
    add_decode("png palette transparent", encoded(palette, "PNG", transparency=3), clear)
    add_decode("png grey alpha", encoded(Image.merge("LA", (grey, alpha)), "PNG"), on_mean(grey, alpha))
    rgba = photo.copy()
    rgba.putalpha(alpha)
    add_decode("png rgba", encoded(rgba, "PNG"), on_mean(photo, alpha))
    add_decode("webp rgba", encoded(rgba, "WEBP", lossless=True, exact=True), on_mean(photo, alpha))
    add_decode("tiff rgba", encoded(rgba, "TIFF"), on_mean(photo, alpha))
    deep = (np.arange(26 * 37).reshape(26, 37) * 65535 // (26 * 37)).astype(np.uint16)
    scaled = np.repeat(((deep.astype(int) + 128) // 257)[..., None], 3, 2)
    add_decode("png grey 16 bits", encoded(Image.fromarray(deep), "PNG"), scaled)
    add_decode("tiff grey 16 bits", encoded(Image.fromarray(deep), "TIFF"), scaled)
    unit = (deep / 65535).astype(np.float32)
    rounded = np.repeat(np.floor(unit.astype(float) * 255 + 0.5)[..., None], 3, 2)
    add_decode("tiff float", encoded(Image.fromarray(unit), "TIFF"), rounded)
    add_decode("tiff cmyk", encoded(photo.convert("CMYK"), "TIFF"))
    add_decode("tiff lzw", encoded(photo, "TIFF", compression="tiff_lzw"))
    add_decode("webp", encoded(photo, "WEBP"))
    add_decode("gif", encoded(palette, "GIF", save_all=True, append_images=[palette.rotate(180)]))
    add_decode("bmp", encoded(photo, "BMP"))
    add_decode("bmp palette", encoded(palette, "BMP"))
    add_decode("bmp bilevel", encoded(photo.convert("1"), "BMP"))


def add_views(source):
    boxes = [(0, 0, 47, 35), (3, 5, 40, 30), (20, 10, 12, 9), (7, 1, 23, 34), (16, 2, 31, 11), (46, 34, 1, 1), (1, 0, 46, 2)]
    for left, top, width, height in boxes:
        crop = source.crop((left, top, left + width, top + height))
        for flip in (False, True):
            for name, filter, size in (("encoder", Image.BICUBIC, (24, 20)), ("tokenizer", Image.LANCZOS, (12, 10))):
                view = crop.resize(size, filter)
                view = ImageOps.mirror(view) if flip else view
                tensors[f"view/{left},{top},{width},{height}/{int(flip)}/{name}"] = np.asarray(view)
    for width, height in ((47, 35), (35, 47), (33, 33), (10, 40), (43, 20)):
        image = source.resize((width, height), Image.BILINEAR)
        tensors[f"evaluation/{width}x{height}/source"] = np.asarray(image)
        for resize, crop in ((18, 16), (37, 32), (24, 21)):
            shown = CenterCrop(crop)(Resize(resize, InterpolationMode.BICUBIC)(image))
            tensors[f"evaluation/{width}x{height}/{resize},{crop}"] = np.asarray(shown)


def add_colors(source):
    changes = {"brightness": F.adjust_brightness, "contrast": F.adjust_contrast, "saturation": F.adjust_saturation}
    for name, change in changes.items():
        for factor in (0.6, 0.93, 1.4):
            tensors[f"color/{name}/{factor}"] = np.asarray(change(source, factor))
    for turn in (-0.1, 0.07, 0.5):
        tensors[f"color/hue/{turn}"] = np.asarray(F.adjust_hue(source, turn))
    tensors["color/grey/"] = np.asarray(F.rgb_to_grayscale(source, 3))
    tensors["color/solarize/"] = np.asarray(F.solarize(source, 128))
    for radius in (0.1, 0.7, 1.3, 2.0, 9.5):
        tensors[f"color/blur/{radius}"] = np.asarray(source.filter(ImageFilter.GaussianBlur(radius)))


def add_generator():
    """SplitMix64 and xoshiro256** as their authors publish them, seeded as SeededGenerator says."""
    mask = (1 << 64) - 1

    def split_mix(state):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & mask
        return state, z ^ z >> 31

    def rotate(x, count):
        return (x << count | x >> 64 - count) & mask

    for seed, epoch, index, purpose in ((0, 0, 0, 1), (5, 2, 17, 2), (mask, 300, 1 << 40, 3)):
        key = seed
        for part in (epoch, index, purpose):
            key = split_mix(key)[1] ^ part
        s = []
        for _ in range(4):
            key, word = split_mix(key)
            s.append(word)
        words = []
        for _ in range(5):
            words.append(rotate(s[1] * 5 & mask, 7) * 9 & mask)
            t = s[1] << 17 & mask
            s[2] ^= s[0]
            s[3] ^= s[1]
            s[1] ^= s[2]
            s[0] ^= s[3]
            s[2] ^= t
            s[3] = rotate(s[3], 45)
        tensors[f"generator/{seed},{epoch},{index},{purpose}"] = np.array(words, np.uint64)


def save(path):
    types = {np.dtype(np.uint8): "U8", np.dtype(np.uint64): "U64"}
    header, offset = {}, 0
    for name, values in tensors.items():
        tensors[name] = values = np.ascontiguousarray(values)
        header[name] = {"dtype": types[values.dtype], "shape": list(values.shape), "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(v.tobytes() for v in tensors.values()))


add_formats()
source = picture(47, 35)
tensors["source"] = np.asarray(source)
add_views(source)
add_colors(source)
add_generator()
save(pathlib.Path(__file__).with_name("images.safetensors"))
