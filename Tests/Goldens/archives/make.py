#!/usr/bin/env python3
"""Writes small archives with Python's tarfile and zipfile, good ones and such as must be refused, and digests.json.

The good ones hold the same members: note.txt "alpha\n", deep/values.bin with byte i = (7 i + 3) mod 251 for 300,000 bytes,
empty.txt, a folder `bare`, and a file with a name of 150 letters.
"""

import gzip
import hashlib
import io
import json
import stat
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
VALUES = bytes((7 * i + 3) % 251 for i in range(300_000))
LONG = "long/" + "n" * 150 + ".txt"
FILES = {"note.txt": b"alpha\n", "deep/values.bin": VALUES, "empty.txt": b"", LONG: b"omega\n"}


def tar(name, files, odd=(), format=tarfile.PAX_FORMAT):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=format) as archive:
        if "note.txt" in files:
            folder = tarfile.TarInfo("bare/")
            folder.type = tarfile.DIRTYPE
            archive.addfile(folder)
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in odd:
            archive.addfile(info)
    (HERE / name).write_bytes(gzip.compress(packed.getvalue(), mtime=0))
    return packed.getvalue()


def member(path, type, target=""):
    info = tarfile.TarInfo(path)
    info.type, info.linkname = type, target
    return info


def zipped(name, files, method=zipfile.ZIP_DEFLATED, link=None):
    with zipfile.ZipFile(HERE / name, "w", method) as archive:
        if "note.txt" in files:
            archive.writestr(zipfile.ZipInfo("bare/"), b"")
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content, compress_type=method)
        if link:
            info = zipfile.ZipInfo(link[0])
            info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, link[1])


plain = tar("pax.tar.gz", FILES)
tar("gnu.tar.gz", FILES, format=tarfile.GNU_FORMAT)
half = len(plain) // 2
(HERE / "members.tar.gz").write_bytes(gzip.compress(plain[:half], mtime=0) + gzip.compress(plain[half:], mtime=0) + bytes(64))
(HERE / "cut.tar.gz").write_bytes((HERE / "pax.tar.gz").read_bytes()[:-400])
tar("parent.tar.gz", {"fine.txt": b"x", "a/../../out.txt": b"x"})
tar("absolute.tar.gz", {"fine.txt": b"x", "/tmp/splitmask-out.txt": b"x"})
tar("link.tar.gz", {"fine.txt": b"x"}, [member("way", tarfile.SYMTYPE, "/tmp")])
tar("hardlink.tar.gz", {"fine.txt": b"x"}, [member("copy", tarfile.LNKTYPE, "fine.txt")])
tar("device.tar.gz", {"fine.txt": b"x"}, [member("null", tarfile.CHRTYPE)])
zipped("deflated.zip", FILES)
zipped("stored.zip", {k: v[:1000] for k, v in FILES.items()}, zipfile.ZIP_STORED)
zipped("parent.zip", {"fine.txt": b"x", "../out.txt": b"x"})
zipped("absolute.zip", {"fine.txt": b"x", "/tmp/splitmask-out.txt": b"x"})
zipped("link.zip", {"fine.txt": b"x"}, link=("way", "/tmp"))
damaged = bytearray((HERE / "stored.zip").read_bytes())
damaged[damaged.index(b"alpha")] ^= 1
(HERE / "damaged.zip").write_bytes(damaged)
# Sizes and counts of 64 bits, although none needs them.
zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 5, 1
zipped("zip64.zip", FILES)
digests = {}
for size in (0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 300_000):
    content = VALUES[:size]
    digests[str(size)] = [hashlib.md5(content).hexdigest(), hashlib.sha256(content).hexdigest()]
(HERE / "digests.json").write_text(json.dumps(digests, indent=1) + "\n")
