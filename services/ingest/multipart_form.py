"""Reads the multipart form of an OpenRosa submission as it arrives: keeps the XML, counts and drops the attachments.
Of these only one is kept: the encrypted answers, where the XML is their manifest.

The parser is the push parser of the package `multipart`: a 6 kB submission costs it 18 microseconds, python-multipart
(and with it Starlette's request.form) 53. Most submissions have no attachment and arrive in one piece; for these
`only_xml` finds the XML in 3. Whatever it is not sure of is left to the parser, and a test holds the two together.
"""

import re
from dataclasses import dataclass, field

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from services.ingest import problems
from services.ingest.manifest import ENCRYPTED_XML
from services.ingest.problems import Problem

XML_PART = "xml_submission_file"
MAX_FIELDS = 16
"""Parts that are no files: `*isIncomplete*`, a CSRF token."""


@dataclass(frozen=True, slots=True)
class FormLimits:
    """`xml_bytes`: of the XML part and of the encrypted answers together; `attachments`: parts beside them."""

    xml_bytes: int
    attachments: int


_NO_FILES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Form:
    """The XML, and the names of the attachments that came with it, as the XML would name them.

    `encrypted` is the file submission.xml.enc if it was among them.
    """

    xml: bytes
    files: frozenset[str] = _NO_FILES
    encrypted: bytes | None = None


@dataclass(slots=True)
class FormReader:
    """Feed it the chunks of the body, then `finish`. The first problem ends it."""

    boundary: str
    limits: FormLimits
    size: int = 0
    """Bytes held in memory."""
    _files: set[str] = field(default_factory=set)
    _xml: list[bytes] = field(default_factory=list)
    _xml_parts: int = 0
    _encrypted: list[bytes] = field(default_factory=list)
    _encrypted_parts: int = 0
    _keep: list[bytes] | None = None
    _parser: PushMultipartParser = field(init=False)

    def __post_init__(self) -> None:
        # latin1, because some clients put names there that are not UTF-8; `_name` reads them as UTF-8 where they are.
        self._parser = PushMultipartParser(
            self.boundary, header_charset="latin1", max_segment_count=self.limits.attachments + MAX_FIELDS
        )

    def feed(self, chunk: bytes) -> Problem | None:
        """Takes the next bytes of the body. Empty chunks are allowed."""
        if not chunk or self._parser.closed:
            return None
        try:
            for event in self._parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    self._begin(event)
                elif event is not None and self._keep is not None:
                    self._keep.append(bytes(event))
                    self.size += len(event)
                    if self.size > self.limits.xml_bytes:
                        return problems.TOO_LARGE.of(limit=self.limits.xml_bytes)
        except MultipartError:
            return problems.BROKEN_FORM.of()
        return None

    def finish(self) -> Form | Problem:
        """What came, once the whole body was fed."""
        try:
            self._parser.close()
        except MultipartError:
            return problems.BROKEN_FORM.of()
        if self._xml_parts != 1:
            return problems.NO_XML.of()
        if self._encrypted_parts > 1:
            return problems.BROKEN_FORM.of()
        encrypted = b"".join(self._encrypted) if self._encrypted_parts else None
        return Form(b"".join(self._xml), frozenset(self._files), encrypted)

    def _begin(self, part: MultipartSegment) -> None:
        self._keep = None
        if part.name == XML_PART:
            self._xml_parts += 1
            self._keep = self._xml
        elif part.filename:
            names = {_name(part.filename), _name(part.name or part.filename)}
            self._files |= names
            if ENCRYPTED_XML in names:
                self._encrypted_parts += 1
                self._keep = self._encrypted


# Exactly what Collect, Enketo and curl write before the XML, and nothing that would need unquoting.
_XML_HEAD = re.compile(
    rb'\r\nContent-Disposition: form-data; name="xml_submission_file"(?:; filename="[^"\\\r\n%]*")?'
    rb"(?:\r\nContent-(?:Type|Transfer-Encoding): [!-~ ]{1,100}){0,2}(?:\r\nContent-Length: (?P<size>[1-9][0-9]{0,8}))?"
    rb"\r\n\r\n",
    re.IGNORECASE,
)


def only_xml(body: bytes, boundary: str) -> bytes | None:
    """The XML of a whole body that holds nothing else; None if that is not plain to see. Never wrong."""
    delimiter = b"--" + boundary.encode("latin1")
    if not body.startswith(delimiter):
        return None
    head = _XML_HEAD.match(body, len(delimiter))
    if head is None:
        return None
    end = body.find(b"\r\n" + delimiter, head.end() - 2)
    if end < head.end() or body[end + 2 + len(delimiter) :] not in (b"--\r\n", b"--"):
        return None
    if head["size"] is not None and int(head["size"]) != end - head.end():
        return None
    return body[head.end() : end]


def boundary(content_type: bytes | None) -> str | None:
    """The boundary that a Content-Type declares; None if it is not multipart/form-data."""
    if content_type is None or content_type[:19].lower() != b"multipart/form-data":
        return None
    found: str | None = parse_options_header(content_type.decode("latin1"))[1].get("boundary")
    return found if found and "\n" not in found else None


def _name(name: str) -> str:
    try:
        return name.encode("latin1").decode()
    except UnicodeError:
        return name
