"""Makes samples.json: small files of many channels, sample types and pages, with the values they hold.

By the file's name: `file` its bytes; `first` and `channels`, which pages are read, the values that were written as float32,
little endian, [height, width, channels] of `firstShape` and `channelsShape`; `error` words of what reading all pages says;
the rest is what the header tells. Bytes are in base64. Needs NumPy, tifffile, imagecodecs and Pillow.

    python Tests/Goldens/samples/make_samples.py
"""
import base64
import io
import json
import logging
import pathlib
import struct

import numpy as np
import tifffile
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
HEIGHT, WIDTH = 7, 10
SMALL = dict(metadata=None, software=False)
rng = np.random.default_rng(11)
cases = {}
logging.disable(logging.CRITICAL)


def noise(dtype, *shape):
    """Values all over the range of a type, its ends among them."""
    if np.issubdtype(dtype, np.floating):
        values = rng.normal(0, 100, shape).astype(dtype)
    else:
        info = np.iinfo(dtype)
        values = rng.integers(info.min, info.max, shape, dtype, endpoint=True)
        values.flat[0], values.flat[1] = info.min, info.max
    return values


def add(name, data, first=None, channels=None, error=None, **header):
    """A file with the values of its first page and of all pages, or with words of the error that reading all pages gives."""
    header["file"] = base64.b64encode(data).decode()
    for pages, values in (("first", first), ("channels", channels)):
        if values is None:
            continue
        values = np.asarray(values, np.float32)
        values = values[..., None] if values.ndim == 2 else values
        header[pages] = base64.b64encode(values.astype("<f4").tobytes()).decode()
        header[pages + "Shape"] = list(values.shape)
    if error:
        header["error"] = error
    cases[name] = header


def tiff(values, **options):
    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **(SMALL | options))
    return stream.getvalue()


def tiff_pages(*pages, **options):
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, bigtiff=options.pop("bigtiff", False), ome=options.pop("ome", None)) as writer:
        for values, extra in pages:
            writer.write(values, **(SMALL | options | extra))
    return stream.getvalue()


def many_bands():
    bands = noise(np.uint16, HEIGHT, WIDTH, 7)
    planes = np.ascontiguousarray(np.moveaxis(bands, -1, 0))
    grey = dict(photometric="minisblack")
    facts = dict(channelCount=7, sampleType="uint16", unspecifiedExtraChannels=6)
    add("uint16x7.tif", tiff(bands, planarconfig="contig", **grey), bands, **facts)
    add("uint16x7-planar.tif", tiff(planes, planarconfig="separate", rowsperstrip=4, **grey), bands, **facts)
    add("uint16x7-planar-tiled.tif",
        tiff(planes, planarconfig="separate", tile=(16, 16), compression="deflate", predictor=2, **grey), bands, **facts)
    add("uint16x7-planar-tiled-big.tif",
        tiff(planes, planarconfig="separate", tile=(16, 16), bigtiff=True, byteorder=">", **grey), bands, **facts)
    add("uint16x7-pages.tif", tiff(planes, **grey), bands[..., :1], bands, channelCount=1, pageCount=7,
        sampleType="uint16")


def types():
    for dtype in (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.float16, np.float32, np.float64):
        for order in "<>":
            values = noise(dtype, HEIGHT, WIDTH)
            name = np.dtype(dtype).name
            stored = "float32" if name == "float16" else name
            add(f"{name}-{'little' if order == '<' else 'big'}.tif", tiff(values, byteorder=order), values,
                sampleType=stored, isPhotographic8Bit=name == "uint8")
    doubles = noise(np.float64, HEIGHT, WIDTH, 3)
    add("float64x3.tif", tiff(doubles, photometric="minisblack", planarconfig="contig", compression="deflate"), doubles,
        sampleType="float64", channelCount=3)
    add("float64x3-planar.tif",
        tiff(np.ascontiguousarray(np.moveaxis(doubles, -1, 0)), photometric="minisblack", planarconfig="separate",
             byteorder=">"), doubles, sampleType="float64", channelCount=3)
    add("uint64.tif", tiff(noise(np.uint64, HEIGHT, WIDTH)), error="unsigned samples of 64 bits")
    add("complex64.tif", tiff(noise(np.float32, HEIGHT, WIDTH).astype(np.complex64)), error="complex samples")
    add("uint12.tif", tiff(noise(np.uint16, HEIGHT, WIDTH) >> 4, bitspersample=12), error="samples of 12 bits")


def compression():
    values = noise(np.uint16, 19, 21, 3)
    smooth = (np.mgrid[0:19, 0:21].sum(0)[..., None] * [3, 50, 700]).astype(np.uint16)
    add("deflate-tiled.tif", tiff(smooth, photometric="rgb", tile=(16, 16), compression="deflate", predictor=2), smooth,
        sampleType="uint16", channelCount=3)
    add("lzw.tif", tiff(smooth, photometric="rgb", compression="lzw", predictor=2, rowsperstrip=5), smooth,
        sampleType="uint16", channelCount=3)
    floats = (smooth[..., 0] / 7).astype(np.float32)
    add("float-predictor.tif", tiff(floats, compression="deflate", predictor=3), floats, sampleType="float32")
    add("bigtiff.tif", tiff(values[:8, :8], photometric="rgb", bigtiff=True), values[:8, :8], sampleType="uint16",
        channelCount=3)


def floats_without_data():
    values = noise(np.float32, HEIGHT, WIDTH)
    values[2, 3], values[4] = np.nan, -9999
    add("float32-nodata.tif", tiff(values, extratags=[(42113, "s", 0, "-9999", True)]), values, sampleType="float32",
        nodata=-9999)


def pages():
    values = noise(np.float32, 5, HEIGHT, WIDTH)
    add("pages.tif", tiff(values, photometric="minisblack"), values[0], np.moveaxis(values, 0, -1), pageCount=5,
        sampleType="float32")
    full, half = noise(np.uint16, HEIGHT, WIDTH), noise(np.uint16, HEIGHT // 2, WIDTH // 2)
    add("pyramid.tif", tiff_pages((full, {}), (half, dict(subfiletype=1)), (full > 9, dict(subfiletype=4))), full, full,
        sampleType="uint16", pageCount=1)
    add("sizes.tif", tiff_pages((full, {}), (half, {})), full, error="10 x 7 pixels and another 5 x 3",
        sampleType="uint16", pageCount=2, pagesDiffer=True)
    picture = noise(np.uint8, HEIGHT, WIDTH, 3)
    add("thumbnail.tif", tiff_pages((picture, {}), (picture[::2, ::2], {})), picture, error="no channels of one image",
        channelCount=3, pageCount=2, pagesDiffer=True, isPhotographic8Bit=True)


def microscopes():
    stack = noise(np.uint8, 3, HEIGHT, WIDTH)
    imagej = dict(imagej=True, metadata=dict(axes="CYX", mode="composite"))
    merged = np.moveaxis(stack, 0, -1)
    add("imagej.tif", tiff(stack, **imagej), stack[0], merged, pageCount=3, axes=[3, 1, 1], order="XYCZT")
    # ImageJ gives every channel a table of colours to show it with; the values are no indices of a picture's palette.
    palette = np.zeros((3, 256), np.uint16)
    palette[1] = np.arange(256) * 257
    shown = dict(photometric="palette", colormap=palette)
    add("imagej-palette.tif",
        tiff_pages((stack[0], shown | dict(description="ImageJ=1.53t\nimages=3\nchannels=3\nmode=composite\n")),
                   (stack[1], shown), (stack[2], shown)), stack[0], merged, pageCount=3, axes=[3, 1, 1], order="XYCZT")
    add("imagej-slices.tif", tiff(stack, imagej=True, metadata=dict(axes="ZYX")), stack[0], error="3 slices (Z)",
        pageCount=3, axes=[1, 3, 1], order="XYCZT")
    add("imagej-undescribed.tif", tiff(stack[0], description="ImageJ=1.53t\nimages=3\nchannels=3\n"), stack[0],
        error="ImageJ says that it has 3 pages", pageCount=1, axes=[3, 1, 1], order="XYCZT")
    values = noise(np.uint16, 3, HEIGHT, WIDTH)
    names = ["DAPI", "actin & tubulin", "\u03b1-SMA"]
    ome = dict(ome=True, photometric="minisblack")
    add("channels.ome.tif", tiff(values, metadata=dict(axes="CYX", Channel=dict(Name=names)), **ome), values[0],
        np.moveaxis(values, 0, -1), pageCount=3, axes=[3, 1, 1], order="XYCZT", channelNames=names, sampleType="uint16")
    deep = noise(np.uint16, 2, 3, 4, 5)
    add("slices.ome.tif", tiff(deep, metadata=dict(axes="CZYX"), **ome), deep[0, 0], error="3 slices (Z), 1 frames (T)",
        pageCount=6, axes=[2, 3, 1], order="XYZCT", sampleType="uint16")


def channels():
    picture = noise(np.uint8, HEIGHT, WIDTH, 5)
    rgb = dict(photometric="rgb")
    add("rgb.tif", tiff(picture[..., :3], **rgb), picture[..., :3], channelCount=3, isPhotographic8Bit=True)
    add("rgb-extra.tif", tiff(picture[..., :4], extrasamples=["unspecified"], **rgb), picture[..., :4], channelCount=4,
        unspecifiedExtraChannels=1)
    add("rgba.tif", tiff(picture[..., :4], extrasamples=["unassalpha"], **rgb), picture[..., :4], channelCount=4,
        opacity="declared", isPhotographic8Bit=True)
    add("rgba-associated.tif", tiff(picture[..., :4], extrasamples=["assocalpha"], **rgb), picture[..., :4],
        channelCount=4, opacity="declared", isPhotographic8Bit=True)
    deep = noise(np.uint16, HEIGHT, WIDTH, 5)
    add("rgba-extra-uint16.tif", tiff(deep, extrasamples=["assocalpha", "unspecified"], **rgb), deep, channelCount=5,
        opacity="declared", unspecifiedExtraChannels=1, sampleType="uint16")
    add("cmyk.tif", tiff(picture[..., :4], photometric="separated"), picture[..., :4], channelCount=4,
        isPhotographic8Bit=True)
    table = noise(np.uint8, 3, 256)
    indices = noise(np.uint8, HEIGHT, WIDTH)
    add("palette.tif", tiff(indices, photometric="palette", colormap=table.astype(np.uint16) * 257),
        np.moveaxis(table[:, indices], 0, -1), channelCount=3, isPhotographic8Bit=True)


def few_bits():
    for bits in (1, 2, 4):
        values = noise(np.uint8, HEIGHT, WIDTH) >> (8 - bits)
        rows = np.zeros((HEIGHT, -(-WIDTH * bits // 8) * 8 // bits), np.uint8)
        rows[:, :WIDTH] = values
        parts = rows.reshape(HEIGHT, -1, 8 // bits)
        packed = (parts << np.arange(8 - bits, -1, -bits)).sum(-1).astype(np.uint8)
        for photometric in ("minisblack", "miniswhite"):
            page = [(256, 3, WIDTH), (257, 3, HEIGHT), (258, 3, bits), (259, 3, 1), (262, 3, photometric == "minisblack"),
                    (273, 4, 8 + 2 + 12 * 8 + 4), (277, 3, 1), (279, 4, packed.size)]
            data = struct.pack("<2sHIH", b"II", 42, 8, len(page))
            data += b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in page) + bytes(4)
            data += packed.tobytes()
            stored = tifffile.imread(io.BytesIO(data))
            assert (stored == values).all()
            brighter = values if photometric == "minisblack" else (1 << bits) - 1 - values
            add(f"{photometric}{bits}.tif", data, brighter, significantBits=bits, isPhotographic8Bit=True)
    for dtype in (np.uint8, np.uint16):
        values = noise(dtype, HEIGHT, WIDTH)
        add(f"miniswhite-{np.dtype(dtype).name}.tif", tiff(values, photometric="miniswhite"), np.iinfo(dtype).max - values,
            sampleType=np.dtype(dtype).name, isPhotographic8Bit=dtype == np.uint8)


def turned():
    values = noise(np.uint16, HEIGHT, WIDTH, 2)
    upright = {1: values, 2: values[:, ::-1], 3: values[::-1, ::-1], 4: values[::-1], 5: values.swapaxes(0, 1),
               6: np.rot90(values, -1), 7: np.rot90(values, 2).swapaxes(0, 1), 8: np.rot90(values)}
    for orientation in (2, 5, 6, 7):
        data = tiff(values, photometric="minisblack", planarconfig="contig",
                    extratags=[(274, "H", 1, orientation, True)])
        add(f"orientation{orientation}.tif", data, upright[orientation], channelCount=2, sampleType="uint16",
            unspecifiedExtraChannels=1)


def png(width, height, bits, colour, rows):
    import zlib

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    raw = b"".join(b"\0" + row for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def other_formats():
    for channels, colour in ((1, 0), (2, 4), (3, 2), (4, 6)):
        values = noise(np.uint16, HEIGHT, WIDTH, channels)
        data = png(WIDTH, HEIGHT, 16, colour, [row.astype(">u2").tobytes() for row in values])
        add(f"uint16x{channels}.png", data, values, format="png", sampleType="uint16", channelCount=channels,
            opacity="none" if channels % 2 else "declared")
    values = noise(np.uint8, HEIGHT, WIDTH) >> 4
    data = png(WIDTH, HEIGHT, 4, 0, [(row[::2] << 4 | row[1::2]).tobytes() for row in values])
    assert (np.asarray(Image.open(io.BytesIO(data)).convert("L")) == values * 17).all()
    add("grey4.png", data, values, format="png", significantBits=4, isPhotographic8Bit=True)
    picture = noise(np.uint8, HEIGHT, WIDTH, 4)
    for name, mode, part, options in (
        ("rgba.png", "RGBA", picture, {}), ("grey.png", "L", picture[..., 0], {}),
        ("rgb.bmp", "RGB", picture[..., :3], {}), ("rgba.webp", "RGBA", picture, dict(lossless=True, exact=True)),
    ):
        stream = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(part)).save(stream, name.split(".")[1], **options)
        add(name, stream.getvalue(), part, format=name.split(".")[1], channelCount=len(mode),
            opacity="declared" if mode == "RGBA" else "none", isPhotographic8Bit=True)
    deep = noise(np.uint16, HEIGHT, WIDTH) >> 6
    add("grey10.pgm", b"P5\n%d %d\n1023\n" % (WIDTH, HEIGHT) + deep.astype(">u2").tobytes(), deep, format="pnm",
        sampleType="uint16", significantBits=10)
    bitmap = noise(np.uint8, HEIGHT, 16) & 1
    add("bitmap.pbm", b"P4 16 %d\n" % HEIGHT + np.packbits(bitmap, -1).tobytes(), 1 - bitmap, format="pnm",
        significantBits=1, isPhotographic8Bit=True)


def arrays():
    def npy(values, version=(1, 0)):
        stream = io.BytesIO()
        np.lib.format.write_array(stream, values, version)
        return stream.getvalue()

    for code in ("|b1", "|u1", "|i1", "<u2", ">u2", "<i2", ">i4", "<u4", "<f2", "<f4", ">f4", "<f8", ">f8"):
        dtype = np.dtype(code)
        if code == "|b1":
            values = noise(np.uint8, HEIGHT, WIDTH) > 99
        else:
            values = noise(dtype.newbyteorder("=").type, HEIGHT, WIDTH).astype(dtype)
        name = {"bool": "uint8", "float16": "float32"}.get(dtype.name, dtype.name)
        add(f"{'big' if code[0] == '>' else 'little'}-{code[1:]}.npy", npy(values), values, format="npy", sampleType=name,
            significantBits=1 if code == "|b1" else None, isPhotographic8Bit=name == "uint8")
    bands = noise(np.uint16, HEIGHT, WIDTH, 7)
    facts = dict(format="npy", channelCount=7, sampleType="uint16")
    add("last.npy", npy(bands, (2, 0)), bands, **facts)
    add("first.npy", npy(np.ascontiguousarray(np.moveaxis(bands, -1, 0)), (3, 0)), bands, **facts)
    add("fortran.npy", npy(np.asfortranarray(bands)), bands, **facts)
    add("fortran-first.npy", npy(np.asfortranarray(np.moveaxis(bands, -1, 0))), bands, **facts)
    square = noise(np.uint8, 5, 4, 5)
    add("square.npy", npy(square), square, format="npy", channelCount=5)
    colours = noise(np.uint8, HEIGHT, WIDTH, 3)
    add("rgb.npy", npy(colours), colours, format="npy", channelCount=3, isPhotographic8Bit=True)
    add("int64.npy", npy(np.arange(12).reshape(3, 4)), error="NumPy's type <i8")
    add("axes4.npy", npy(np.zeros((1, 2, 3, 4), np.float32)), error="an array of 4 axes")
    add("axis1.npy", npy(np.zeros(4, np.float32)), error="an array of 1 axes")
    add("record.npy", npy(np.zeros((2, 3), [("a", "f4"), ("b", "u1")])), error="no type that is read")
    add("empty.npy", npy(np.zeros((0, 3), np.float32)), error="array is empty")
    add("cut.npy", npy(np.zeros((4, 3), np.float32))[:-1], error="ends before its last sample")


def main():
    for part in (many_bands, types, compression, floats_without_data, pages, microscopes, channels, few_bits, turned,
                 other_formats, arrays):
        part()
    clean = {name: {key: value for key, value in case.items() if value is not None} for name, case in cases.items()}
    (HERE / "samples.json").write_text(json.dumps(clean, indent=1, sort_keys=True) + "\n")
    print(len(cases), "files")


if __name__ == "__main__":
    main()
