"""The OpenRosa answer: an XML envelope and its headers. Collect shows the text of the first message, at errors too."""

from xml.sax.saxutils import escape

from services.ingest.problems import Problem

HeaderList = list[tuple[bytes, bytes]]

CONTENT_TYPE = b"text/xml; charset=utf-8"
"""Collect refuses a formList whose type does not contain text/xml."""


def envelope(nature: str, text: str) -> bytes:
    """`nature` as CommCare names them: submit_success, submit_error."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0"><message nature="{nature}">'
        f"{escape(text)}</message></OpenRosaResponse>"
    ).encode()


SUCCESS = envelope("submit_success", "The submission has arrived and is stored.")


def problem_envelope(problem: Problem) -> bytes:
    return envelope("submit_error", f"{problem.type.title}. {problem.detail} ({problem.type.code})")


def headers(advertised_bytes: int) -> HeaderList:
    """Headers of every OpenRosa answer. The server adds Date itself."""
    return [
        (b"x-openrosa-version", b"1.0"),
        (b"x-openrosa-accept-content-length", str(advertised_bytes).encode()),
        (b"content-language", b"en"),
    ]
