"""A wall clock that can jump by hours, for the Python processes of a world.

A `sitecustomize` on their PYTHONPATH adds an offset to `time.time` and `time.time_ns`, read from eight bytes of a
mapped file: so it jumps while they run. What counts seconds monotonically is left alone, as a real jump leaves it.
"""

import mmap
import struct
from pathlib import Path

_SECONDS = struct.Struct("<d")

_SITE = '''\
"""Adds the offset of the file beside this one to the wall clock."""
import mmap
import struct
import time
from pathlib import Path

_file = open(Path(__file__).with_name("offset"), "rb")
_map = mmap.mmap(_file.fileno(), 8, access=mmap.ACCESS_READ)
_read = struct.Struct("<d").unpack_from
_time, _time_ns = time.time, time.time_ns


def _shifted():
    return _time() + _read(_map)[0]


def _shifted_ns():
    return _time_ns() + int(_read(_map)[0] * 1e9)


time.time, time.time_ns = _shifted, _shifted_ns
'''


class Clock:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "sitecustomize.py").write_text(_SITE)
        path = folder / "offset"
        path.write_bytes(_SECONDS.pack(0.0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SECONDS.size)
        self.folder = folder

    def jump(self, offset_s: float) -> None:
        """All processes' clocks are this far from the truth from now on."""
        self._map[:] = _SECONDS.pack(offset_s)
