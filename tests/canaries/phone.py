"""A phone that sends canaries in every place of a request, and keeps what was answered."""

import http.client
import json
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from cli.field import Field
from tests.canaries.words import Canaries

CRLF = b"\r\n"
MULTIPART = "multipart/form-data; boundary="


@dataclass
class Phone:
    """Sends, and keeps what was answered. `accepted` counts what must become an outcome."""

    opened: Field
    canaries: Canaries
    accepted: int = 0
    answers: list[tuple[str, int, bytes]] = field(default_factory=list, repr=False)

    def send(
        self, method: str, path: str, body: bytes | Iterable[bytes] = b"", headers: Mapping[str, str] | None = None
    ) -> int:
        host = urlsplit(self.opened.target.url)
        connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            head = "\n".join(f"{name}: {value}" for name, value in answer.getheaders()).encode()
            self.answers.append((f"{method} answered {answer.status}", answer.status, head + b"\n" + answer.read()))
        finally:
            connection.close()
        self.accepted += answer.status == 201
        return answer.status

    def raw(self, request: bytes) -> None:
        """What no client library would send."""
        host = urlsplit(self.opened.target.url)
        with socket.create_connection((host.hostname or "", host.port or 0), timeout=5) as connection:
            connection.sendall(request)
            self.answers.append(("raw request", 0, connection.recv(65_536)))

    @property
    def key(self) -> str:
        return f"/key/{quote(self.opened.target.token, safe='')}"

    def xml(self, body: bytes, files: Mapping[str, bytes] | None = None) -> int:
        parts = {"xml_submission_file": ("submission.xml", body)}
        parts |= {name: (name, data) for name, data in (files or {}).items()}
        data = b"".join(
            f'--cut\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'.encode()
            + data
            + b"\r\n"
            for name, (file, data) in parts.items()
        )
        device = quote(self.canaries.text("deviceID"))
        return self.send(
            "POST",
            f"{self.key}/submission?deviceID={device}",
            data + b"--cut--\r\n",
            {"Content-Type": MULTIPART + "cut", "User-Agent": self.canaries.word("user agent")},
        )

    def json(self, body: object, survey: str = "household-migration", **headers: str) -> int:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.opened.target.token}", "Content-Type": "application/json"}
        return self.send("POST", f"/v1/surveys/{survey}/submissions", data, given | headers)
