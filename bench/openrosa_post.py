"""A 6 kB OpenRosa post as Collect sends it, and the survey it belongs to: what bench/ingest posts."""

import hashlib

from bench.load import MakeRequest
from schemas.survey.definition import FieldDefinition, FieldType, SurveyDefinition

SURVEY = "bench"
VERSION = "1"
BODY_BYTES = 6_000
GROUPS = 10
QUESTIONS = 8

_BOUNDARY = "c81e728d-9d4c-4f63-8f06-7f89cc14862c"


def survey() -> SurveyDefinition:
    """Eighty questions in ten groups and a photo: a household questionnaire of middling length."""
    fields = [FieldDefinition(path=f"group_{group}/{name}", type=FieldType.STRING) for group, name in _questions()]
    photo = FieldDefinition(path="photo", type=FieldType.BINARY)
    return SurveyDefinition(
        survey=SURVEY, version=VERSION, title="Bench", root="/data", xform="<h:html/>", fields=[*fields, photo]
    )


def submission(instance: str) -> bytes:
    """XML of one interview; the whole request body with it is `BODY_BYTES` long, give or take a few."""
    plain = _xml(instance, "")
    padding = BODY_BYTES - len(_body(plain))
    return _xml(instance, "x" * (padding // (GROUPS * QUESTIONS)))


def post(path: str, token: str) -> MakeRequest:
    """Requests with an instance of its own each."""
    place = "uuid:00000000-0000-4000-8000-000000000000"
    body = _body(submission(place))
    before, _, after = body.partition(place.encode())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nX-OpenRosa-Version: 1.0\r\n"
        "Date: Sat, 21 Nov 2026 10:00:00 GMT\r\nUser-Agent: org.odk.collect.android/v2026.3.3\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\nContent-Length: {len(body)}\r\n"
        "Accept-Encoding: gzip\r\nConnection: Keep-Alive\r\n\r\n"
    ).encode()

    def make_request(number: int) -> bytes:
        digits = hashlib.md5(b"%d" % number, usedforsecurity=False).hexdigest()
        uuid = f"uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
        return b"".join((head, before, uuid.encode(), after))

    return make_request


def _questions() -> list[tuple[int, str]]:
    return [(group, f"question_{group}_{number}") for group in range(GROUPS) for number in range(QUESTIONS)]


def _xml(instance: str, padding: str) -> bytes:
    groups = []
    for group in range(GROUPS):
        answers = "".join(f"<{name}>{number}{padding}</{name}>" for number, name in _questions() if number == group)
        groups.append(f"<group_{group}>{answers}</group_{group}>")
    return (
        "<?xml version='1.0' ?>"
        f'<data id="{SURVEY}" version="{VERSION}" xmlns:orx="http://openrosa.org/xforms" '
        'xmlns:jr="http://openrosa.org/javarosa">'
        f"{''.join(groups)}<photo></photo><orx:meta><orx:instanceID>{instance}</orx:instanceID></orx:meta></data>"
    ).encode()


def _body(xml: bytes) -> bytes:
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="xml_submission_file"; '
        'filename="bench_2026-11-21_10-00-00.xml"\r\nContent-Type: text/xml; charset=utf-8\r\n'
        f"Content-Length: {len(xml)}\r\n\r\n"
    )
    return head.encode() + xml + f"\r\n--{_BOUNDARY}--\r\n".encode()
