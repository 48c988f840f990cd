"""What goes over the wire, byte for byte: OpenRosa as Collect speaks it, and the JSON route as a script does.

A request is built once for each delivery and sent again as it is, so that a retry is the same bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

from cli.fieldwork.plan import Interface, Phone
from cli.fieldwork.sendable import Answered, Sendable
from cli.fieldwork.submission import SURVEY

USER_AGENT = "org.odk.collect.android/v2026.1.2"


@dataclass(frozen=True)
class Target:
    """A server. `url` is its root, without the token."""

    url: str
    token: str = field(repr=False)
    survey: str = SURVEY

    @property
    def submission_url(self) -> str:
        """Where Collect posts: the token stands in the path, because over plain http Collect sends no Basic."""
        return f"{self.url.rstrip('/')}/key/{quote(self.token, safe='')}/submission"

    @property
    def json_url(self) -> str:
        return f"{self.url.rstrip('/')}/v1/surveys/{quote(self.survey, safe='')}/submissions"


@dataclass(frozen=True)
class Request:
    """A POST, ready to be sent any number of times."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def openrosa_headers(when_s: int) -> dict[str, str]:
    """What Collect sends with every request. Its Date has a 12-hour clock without am or pm."""
    date = datetime.fromtimestamp(when_s, UTC).strftime("%a, %d %b %Y %I:%M:%S GMT")
    return {"X-OpenRosa-Version": "1.0", "Date": date, "User-Agent": USER_AGENT}


def request(
    target: Target, phone: Phone[Sendable[Answered]], instance: Sendable[Answered], url: str | None = None
) -> Request:
    """The POST that delivers an instance; `url` is where HEAD sent the phone, if anywhere."""
    if phone.interface is Interface.JSON:
        headers = {"Authorization": f"Bearer {target.token}", "Content-Type": "application/json"}
        return Request(target.json_url, headers, instance.as_json())
    return openrosa_post(url or target.submission_url, phone.device, instance.as_xml(), instance.respondent.when_s)


def openrosa_post(url: str, device: str, xml: bytes, when_s: int) -> Request:
    """Collect's multipart POST of one instance without attachments."""
    # The boundary comes from the content: random ones would make two tries of one submission differ.
    boundary = sha256(xml).hexdigest()[:32]
    file_name = datetime.fromtimestamp(when_s, UTC).strftime("submission_%Y-%m-%d_%H-%M-%S.xml")
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="xml_submission_file"; filename="{file_name}"\r\n'
        f"Content-Type: text/xml\r\nContent-Length: {len(xml)}\r\n\r\n"
    )
    return Request(
        url=f"{url}?deviceID={quote(device, safe='')}",
        headers=openrosa_headers(when_s) | {"Content-Type": f"multipart/form-data; boundary={boundary}"},
        body=head.encode() + xml + f"\r\n--{boundary}--\r\n".encode(),
    )
