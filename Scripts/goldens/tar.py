"""Makes small tar archives with Python's tarfile, in the three formats that it writes, and what it reads of them.

    python3 Scripts/goldens/tar.py > Tests/DatasetsTests/Goldens/tar.json

"archive": the bytes up to the two blocks of zeros that end it. "files": names and texts of the files in it, in their
order. "links": names of its links. Names are short, of more than 100 bytes (in folders, and of one part), and not ASCII.
"""

import base64
import io
import json
import sys
import tarfile

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
FILES = [
    ("000.jpg", b"picture"),
    ("empty.json", b""),
    ("folder/" * 12 + "name-of-more-than-a-hundred.json", b"x" * 512),
    ("café.txt", b"0 .5 .5 .2 .2\n"),
]
# Of one part, which ustar cannot hold.
LONG = ("a" * 120 + ".jpg", b"long")


def archive(kind):
    files = FILES + ([] if kind == "ustar" else [LONG])
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=FORMATS[kind]) as tar:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            # GNU's format writes it in base 256, pax in a header.
            info.mtime = 1 << 40 if kind != "ustar" else 1
            tar.addfile(info, io.BytesIO(content))
        for name, type in [("link.jpg", tarfile.SYMTYPE), ("hard.jpg", tarfile.LNKTYPE)]:
            info = tarfile.TarInfo(name)
            info.type = type
            info.linkname = "000.jpg"
            tar.addfile(info)
        end = tar.offset + 2 * tarfile.BLOCKSIZE
    data = buffer.getvalue()[:end]
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = tar.getmembers()
        return {
            "format": kind,
            "archive": base64.b64encode(data).decode(),
            "files": [[m.name, tar.extractfile(m).read().decode()] for m in members if m.isreg()],
            "links": [m.name for m in members if m.issym() or m.islnk()],
        }


json.dump([archive(kind) for kind in FORMATS], sys.stdout, ensure_ascii=False)
print()
