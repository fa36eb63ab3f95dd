"""Writes pax.tar, gnu.tar and index.json: what Python's tarfile says lies where in them.

    python make.py        (in this folder; Python's standard library is enough)
"""

import io
import json
import tarfile

LONG = "a-folder-with-a-rather-long-name/" * 5 + "picture-0002.jpg"  # beyond ustar's 100 letters
MEMBERS = [
    ("0001.jpg", b"first"),
    ("0001.cls", b"3\n"),
    (LONG, bytes(range(256)) * 5),
    ("größe-0003.png", b"third"),
    ("empty.jpg", b""),
]

index = {}
for name, form in [("pax.tar", tarfile.PAX_FORMAT), ("gnu.tar", tarfile.GNU_FORMAT)]:
    with tarfile.open(name, "w", format=form) as tar:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for member, content in MEMBERS:
            info = tarfile.TarInfo(member)
            info.size = len(content)
            info.mtime = 1_700_000_000.5  # a fraction needs a pax record
            tar.addfile(info, io.BytesIO(content))
    with tarfile.open(name) as tar:
        index[name] = [
            {"name": member.name, "offset": member.offset_data, "size": member.size}
            for member in tar.getmembers()
            if member.isfile()
        ]
with open("index.json", "w") as file:
    json.dump(index, file, indent=1)
    file.write("\n")
