"""The list of files that a phone must have beside a form (OpenRosa Form Discovery API, manifest), and their addresses.

An entry without name, hash or address makes Collect drop the whole list, and Enketo compares the list as text: so every
entry has all of them, and they are always in the same order.
"""

import mimetypes
from urllib.parse import quote
from xml.sax.saxutils import escape

from schemas.survey.definition import SurveyDefinition

BINARY = b"application/octet-stream"


def manifest(survey: SurveyDefinition, base_url: str) -> bytes:
    """`base_url` is the address of the server with the key of the request, without a slash at the end."""
    entries = "".join(
        f"<mediaFile><filename>{escape(media.name)}</filename><hash>md5:{media.md5}</hash>"
        f"<downloadUrl>{escape(_media_url(survey, media.name, base_url))}</downloadUrl></mediaFile>"
        for media in survey.media
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{entries}</manifest>'
    ).encode()


def manifest_url(survey: SurveyDefinition, base_url: str) -> str:
    return f"{base_url}/xformsManifest/{quote(survey.survey, safe='')}?version={quote(survey.version, safe='')}"


def content_type(name: str) -> bytes:
    """Of a file, by its ending."""
    kind, _ = mimetypes.guess_type(name)
    return kind.encode() if kind is not None else BINARY


def _media_url(survey: SurveyDefinition, name: str, base_url: str) -> str:
    return (
        f"{base_url}/xformsMedia/{quote(survey.survey, safe='')}/{quote(name, safe='')}"
        f"?version={quote(survey.version, safe='')}"
    )
