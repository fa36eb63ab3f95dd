"""What PIL makes of the rarer formats: JPEG and BMP without their last bytes, BMP of run lengths, DIB, MPO, netpbm, JPEG 2000.

    pip install pillow numpy safetensors
    python Tests/Goldens/images/make_formats.py
"""

import io
import pathlib
import struct

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

WIDTH, HEIGHT = 37, 26
tensors = {}


def pixels(seed=0):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = np.stack([128 + 100 * np.sin(x / 5), 128 + 90 * np.cos(y / 4), (x * 5 + y * 3) % 256], axis=-1)
    return np.clip(waves + rng.integers(-12, 12, waves.shape), 0, 255).astype(np.uint8)


def add(name, encoded, expected=None):
    """The file, and PIL's pixels of it or of a file that it must equal."""
    image = Image.open(io.BytesIO(encoded if expected is None else expected)).convert("RGB")
    tensors[f"formats/{name}/encoded"] = np.frombuffer(encoded, np.uint8)
    tensors[f"formats/{name}/expected"] = np.asarray(image)


def saved(image, format, **options):
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


rgb = Image.fromarray(pixels())
grey = rgb.convert("L")
palette = rgb.quantize(16)

for name, image, options in [
    ("4:2:0", rgb, {}), ("4:4:4", rgb, {"subsampling": 0}), ("progressive", rgb, {"progressive": True}),
    ("grey", grey, {}), ("restarts", rgb, {"restart_marker_blocks": 2}),
]:
    whole = saved(image, "JPEG", quality=88, **options)
    assert whole[-2:] == b"\xff\xd9"
    add(f"jpeg unended {name}", whole[:-2], expected=whole)
    add(f"jpeg half ended {name}", whole[:-1], expected=whole)
add("jpeg mpo", saved(rgb, "MPO", save_all=True, append_images=[Image.fromarray(pixels(1))]))

for name, image in [("rgb", rgb), ("grey", grey), ("bilevel", rgb.convert("1"))]:
    whole = saved(image, "BMP")
    bits = {"RGB": 24, "L": 8, "1": 1}[image.mode]
    padding = (WIDTH * bits + 31) // 32 * 4 - (WIDTH * bits + 7) // 8
    assert padding > 0
    add(f"bmp unpadded {name}", whole[:-padding], expected=whole)
    add(f"bmp dib {name}", saved(image, "DIB"))


def runs(indices, bits):
    """Run lengths with encoded and literal pieces in turns, an end after each row and one of all."""
    out = bytearray()
    for y, row in enumerate(indices[::-1]):
        x = 0
        while x < len(row):
            same = 1
            while x + same < len(row) and row[x + same] == row[x] and same < 255:
                same += 1
            rest = len(row) - x
            # Literals of an even number of nibbles, which is what PIL reads as the format has it.
            literal = min(6 if bits == 8 else 4, rest)
            if same >= 3 or literal < 3 or (bits == 4 and literal % 4):
                out += bytes([same, row[x] if bits == 8 else row[x] << 4 | row[x]])
                x += same
                continue
            data = bytes(row[x:x + literal])
            if bits == 4:
                data = bytes(data[i] << 4 | data[i + 1] for i in range(0, literal, 2))
            out += bytes([0, literal]) + data + b"\0" * (len(data) % 2)
            x += literal
        out += b"\0\0" if y < len(indices) - 1 else b"\0\1"
    return bytes(out)


def bitmap(data, bits, colours):
    entries = b"".join(bytes([b, g, r, 0]) for r, g, b in colours)
    header = struct.pack(
        "<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, bits, {8: 1, 4: 2}[bits], len(data), 2835, 2835, len(colours), 0)
    offset = 14 + len(header) + len(entries)
    return struct.pack("<2sIHHI", b"BM", offset + len(data), 0, 0, offset) + header + entries + data


indices = np.asarray(palette).copy()
indices[5, 3:30] = 7
indices[9, :] = 2
colours = np.asarray(palette.getpalette()[:48]).reshape(16, 3).tolist()
for bits in (8, 4):
    add(f"bmp runs {bits}", bitmap(runs(indices.tolist(), bits), bits, colours))
# A mixed pair of nibbles in one run, and rows that end early: PIL fills them with index 0.
short = b"".join(bytes([9, 0x3A, 0, 0]) for _ in range(HEIGHT - 1)) + bytes([9, 0x3A, 0, 0, 0, 1])
add("bmp runs short rows", bitmap(short, 4, colours))

add("pnm P6", saved(rgb, "PPM"))
add("pnm P5", saved(grey, "PPM"))
add("pnm P4", saved(rgb.convert("1"), "PPM"))
values = pixels()
plain = "\n".join(" ".join(str(v) for v in row.reshape(-1)) for row in values)
add("pnm P3", f"P3\n# a comment\n{WIDTH} {HEIGHT}\n255\n{plain}\n".encode())
plain = "\n".join(" ".join(str(v // 16) for v in row) for row in np.asarray(grey))
add("pnm P2", f"P2 {WIDTH} {HEIGHT} 15\n{plain}\n".encode())
plain = "\n".join("".join(str(int(v > 100)) for v in row) for row in np.asarray(grey))
add("pnm P1", f"P1\n{WIDTH} {HEIGHT}\n{plain}\n".encode())
wide = (values.astype(np.uint32) * 257).astype(">u2")
add("pnm P6 16 bits", f"P6\n{WIDTH} {HEIGHT}\n65535\n".encode() + wide.tobytes())
add("pnm P6 101", f"P6 {WIDTH} {HEIGHT}\n101\n".encode() + (values // 3).astype(np.uint8).tobytes())

for name, image in [("rgb", rgb), ("grey", grey)]:
    add(f"jp2 {name}", saved(image, "JPEG2000"))
add("jp2 codestream", saved(rgb, "JPEG2000", no_jp2=True))

# Not for its pixels: dav1d has something to say about it.
damaged = bytearray(saved(rgb, "AVIF"))
start = damaged.find(b"mdat") + 4
damaged[start:start + 20] = b"\x50" * 20
tensors["damaged/avif"] = np.frombuffer(bytes(damaged), np.uint8)

folder = pathlib.Path(__file__).parent
save_file(tensors, folder / "formats.safetensors")
print(len(tensors), "tensors")
