"""The files that come with a form: which it names, and what a definition keeps of them."""

import hashlib
import html
import re
from collections.abc import Iterable, Mapping

from schemas.survey.definition import Media

MAX_NAME = 200
"""Characters of a file name. Phones keep it as it is; most file systems end at 255 bytes."""
ITEMSETS = "itemsets.csv"
"""What Collect reads the sheet external_choices from. pyxform writes it; it need not be in the folder."""

_DATA = (".csv", ".xml", ".geojson")
_FILE = re.compile(r"jr://(?:images|audio|video|file|file-csv)/([^<>'\"\s][^<>'\"\r\n]*)")
_TABLE = re.compile(r"\b(?:pulldata|search)\s*\(\s*['\"]([^'\"<>]+)['\"]")
_QUERY = re.compile(r"\squery\s*=\s*['\"]\s*instance\(")


def named_files(xform: str) -> list[str]:
    """The names of the files that an XForm needs, sorted: phones compare lists of them.

    Pictures, audio and video of labels, attached instances, the CSV files of pulldata() and search(), and itemsets.csv.
    """
    text = xform.replace("&quot;", '"').replace("&apos;", "'")
    found = {html.unescape(name).strip() for name in _FILE.findall(text)}
    if "pulldata" in text or "search" in text:  # looking for either word is ten times as fast as for both
        found |= {html.unescape(name).strip().removesuffix(".csv") + ".csv" for name in _TABLE.findall(text)}
    if "query" in text and _QUERY.search(text):
        found.add(ITEMSETS)
    return sorted(name for name in found if _is_name(name))


def is_data(name: str) -> bool:
    """True for a file that rules and choices may read; without it answers cannot be judged. Others are only shown."""
    return name.lower().endswith(_DATA)


def media_of(files: Mapping[str, bytes]) -> list[Media]:
    """What a definition says of its files, in the order of their names."""
    return [
        Media(
            name=name,
            sha256=hashlib.sha256(files[name]).hexdigest(),
            md5=hashlib.md5(files[name], usedforsecurity=False).hexdigest(),
            size=len(files[name]),
        )
        for name in sorted(files)
    ]


def missing(named: Iterable[str], files: Mapping[str, bytes]) -> list[str]:
    return [name for name in named if name not in files]


def _is_name(name: str) -> bool:
    """A name in the folder itself: it becomes part of an address, and a file on a phone."""
    return 0 < len(name) <= MAX_NAME and name.isprintable() and "/" not in name and "\\" not in name and name[0] != "."
