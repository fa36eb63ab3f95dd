#!/usr/bin/env python3
"""Makes values.json: what tifffile, Pillow and NumPy find in the files of formats.tar.xz, or which words an error must have.

By the file's path: `pages`, how it is read, `photograph` as 8-bit RGB; `shape`, `[height, width, channels]`; `sums` and `weighted`, of each channel the sum of
its values as float32 and the sum of each value times its place modulo 8191 plus 1, both in float64; `tolerance`, the share of the sum
that another decoder of the same JPEG may differ by (0: equal to rounding of the sums). `error`: words of the refusal; empty where any will do. The values of the
files themselves are not here. Needs NumPy, tifffile, imagecodecs and Pillow.

    python Tests/Goldens/formats/make_format_values.py FORMATS
"""
import json
import logging
import pathlib
import sys

import numpy as np
import tifffile
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).resolve().parent
logging.disable(logging.CRITICAL)
# Pages that are channels, and the first of pages that are not.
CHANNELS = {"J02_imc.tiff", "CH3_Fluorescence_8bit.tif", "multipage.tif", "all-nodata.tif", "img3d.tif"}
REFUSED = {
    "LLS7_small.czi": "it is Zeiss CZI", "WFPC2u5780205r_c0fx.fits": "it is FITS", "corrupt.tif": "", "CT_small.dcm": "it is DICOM",
    "ExplVR_BigEnd.dcm": "it is DICOM", "JPEG2000.dcm": "it is DICOM", "MR_small.dcm": "it is DICOM",
    "examples_rgb_color.dcm": "it is DICOM", "no_meta.dcm": "", "rtplan.dcm": "", "12bit.cropped.tif": "samples of 12 bits", "subsampled.tif": "is of a kind that cannot be read",
}


def values(path):
    """`[height, width, channels]` and how it is read."""
    if path.suffix not in (".tif", ".tiff", ".svs"):
        image = Image.open(path)
        if path.suffix == ".png":
            return np.asarray(image), "first"
        image = ImageOps.exif_transpose(image)
        if "transparency" in image.info:
            # Transparent pixels of a photograph lie on ImageNet's mean colour (docs/data.md).
            image = Image.alpha_composite(Image.new("RGBA", image.size, (124, 116, 104, 255)), image.convert("RGBA"))
        return np.asarray(image.convert("RGB")), "photograph"
    with tifffile.TiffFile(path) as file:
        if path.name in CHANNELS:
            pages = [page.asarray() for page in file.pages]
            if len(pages) == 1:
                array = pages[0]
                return (np.moveaxis(array, 0, -1) if array.ndim == 3 and array.shape[-1] > 16 else array), "channels"
            return np.stack(pages, -1), "channels"
        page = file.pages[0]
        array = page.asarray()
        # Larger is brighter.
        return (~array if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE else array), "first"


def main(folder):
    result = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name == "MANIFEST.tsv":
            continue
        name = str(path.relative_to(folder))
        if path.name in REFUSED:
            result[name] = {"error": REFUSED[path.name]}
            continue
        try:
            array, pages = values(path)
        except Exception as error:  # pylint: disable=broad-except
            print(f"{name}: no reference: {error}")
            continue
        array = (array[..., None] if array.ndim == 2 else array).astype(np.float32).astype(np.float64)
        flat = np.nan_to_num(array).reshape(-1, array.shape[-1])
        weights = np.arange(len(flat)) % 8191 + 1.0
        result[name] = {
            "pages": pages, "shape": list(array.shape), "sums": flat.sum(0).tolist(), "weighted": (flat * weights[:, None]).sum(0).tolist(),
            "tolerance": 0.002 if path.suffix in (".jpg", ".svs", ".webp") or path.name == "cogeo.tif" else 0,
        }
        print(f"{name}: {pages}, {array.shape}")
    (HERE / "values.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
