"""The list of forms that Collect and Enketo read (OpenRosa Form Discovery API).

One entry without id, name or address makes Collect drop the whole list, so every entry has all of them.
"""

from collections.abc import Iterable
from urllib.parse import quote
from xml.sax.saxutils import escape

from schemas.survey.definition import SurveyDefinition
from services.ingest.media_manifest import manifest_url


def form_list(surveys: Iterable[SurveyDefinition], base_url: str) -> bytes:
    """`base_url` is the address of the server with the key of the request, without a slash at the end."""
    entries = "".join(_entry(survey, base_url) for survey in surveys)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{entries}</xforms>'
    ).encode()


def _entry(survey: SurveyDefinition, base_url: str) -> str:
    url = f"{base_url}/forms/{quote(survey.survey, safe='')}.xml?version={quote(survey.version, safe='')}"
    # A form without files has no manifest: phones would ask for it each time.
    manifest = f"<manifestUrl>{escape(manifest_url(survey, base_url))}</manifestUrl>" if survey.media else ""
    return (
        f"<xform><formID>{escape(survey.survey)}</formID><name>{escape(survey.title.strip() or survey.survey)}</name>"
        f"<version>{escape(survey.version)}</version><hash>md5:{survey.xform_hash}</hash>"
        f"<downloadUrl>{escape(url)}</downloadUrl>{manifest}</xform>"
    )
