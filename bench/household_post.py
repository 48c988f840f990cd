"""OpenRosa posts of the reference survey, as Collect sends them: a few hundred interviews, each under new ids."""

import hashlib

from bench.load import MakeRequest
from cli.fieldwork import plan as planning
from cli.fieldwork.plan import Scenario
from cli.fieldwork.submission import as_xml
from cli.fieldwork.wire import openrosa_post

INTERVIEWS = 400
"""Enough that cells and PSUs are touched as in fieldwork, few enough to be made before the clock starts."""

_PLACE = "uuid:00000000-0000-4000-8000-000000000000"


def post(path: str, seed: int) -> MakeRequest:
    """Requests to `path` (which holds the token), number n being interview n modulo `INTERVIEWS` with its own id."""
    scenario = Scenario(
        seed=seed, phones=20, submissions=INTERVIEWS, duplicates=0, invalid=0, edits=0, timeouts=0, scripts=0
    )
    phones = planning.make(scenario).phones
    parts = [
        _split(path, phone.device, as_xml(delivery.instance), delivery.instance.id)
        for phone in phones
        for delivery in phone.deliveries
    ]

    def make_request(number: int) -> bytes:
        before, after = parts[number % len(parts)]
        digits = hashlib.md5(b"%d/%d" % (seed, number), usedforsecurity=False).hexdigest()
        uuid = f"uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
        return b"".join((before, uuid.encode(), after))

    return make_request


def _split(path: str, device: str, xml: bytes, instance: str) -> tuple[bytes, bytes]:
    """The request before and after its instance id."""
    request = openrosa_post(path, device, xml.replace(instance.encode(), _PLACE.encode()), 1_772_431_200)
    lines = [
        f"POST {request.url} HTTP/1.1",
        "Host: bench",
        *(f"{name}: {text}" for name, text in request.headers.items()),
    ]
    head = "\r\n".join([*lines, f"Content-Length: {len(request.body)}", "Connection: Keep-Alive", "", ""])
    before, _, after = (head.encode() + request.body).partition(_PLACE.encode())
    return before, after
