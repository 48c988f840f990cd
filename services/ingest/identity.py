"""Who a posted XML says it is: survey, version, instance. Nothing else of it is read here; answers are validate's.

Sources: OpenRosa metadata schema, ODK XForms specification, and what ODK Central accepts:
the survey is the root's `id`, else its namespace; `meta` stands in the OpenRosa namespace, in none, or in the root's.

A submission without an instanceID gets one from the SHA-256 of its bytes. So a retry of the same bytes is the same
instance and is counted once. The price: two people who gave exactly the same answers in a form that records neither
an id nor a time are one. Every form that pyxform makes has an instanceID; a random one would count each retry twice.
"""

import hashlib
import re
import uuid
from dataclasses import dataclass

from lxml import etree

from services.ingest import problems
from services.ingest.manifest import Manifest, is_manifest, read_manifest
from services.ingest.problems import Problem

MAX_ID_CHARS = 4096
"""Ids of 249 characters are in use (Central's tests); beyond a page of text it is not an id."""

_ORX = ("http://openrosa.org/xforms", "http://openrosa.org/xforms/")
"""Old forms write the second; both mean OpenRosa's metadata."""
_BOM = b"\xef\xbb\xbf"
_ENCODING = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)""")
_PROLOG_DOCTYPE = re.compile(rb"(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_UTF8 = (b"utf-8", b"utf8", b"us-ascii", b"ascii")

# Neither entities nor the network, and libxml2's own bounds (depth 256, text nodes of 10 MB) stay in force.
_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, collect_ids=False
)


@dataclass(frozen=True, slots=True)
class Identity:
    """`version` is "" if the XML names none."""

    survey: str
    version: str
    instance: str
    replaces: str | None


@dataclass(frozen=True, slots=True)
class XmlSubmission:
    """A well-formed submission: who it is, its text as it came (UTF-8, without a byte order mark), and its root.
    `manifest` if the form encrypted it: then the XML is no more than that."""

    identity: Identity
    text: str
    root: etree._Element
    manifest: Manifest | None = None


def read_xml(body: bytes) -> XmlSubmission | Problem:
    """Reads the identity of a posted XML. Linear in its size."""
    body = body.removeprefix(_BOM)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        return problems.BAD_CHARACTERS.of(place=error.start)
    declared = _ENCODING.match(body)
    if declared is not None and declared[1].lower() not in _UTF8:
        return problems.BAD_CHARACTERS.of(place=declared.start(1))
    if b"<!DOCTYPE" in body and _PROLOG_DOCTYPE.match(body):
        return problems.DOCTYPE.of()
    try:
        root = etree.fromstring(body, _PARSER)
    except etree.XMLSyntaxError as error:
        return _malformed(error)
    manifest = read_manifest(root) if is_manifest(root) else None
    identity = _identity(root, body, id_needed=manifest is not None)
    if isinstance(identity, Problem):
        return identity
    if manifest is not None and not manifest.complete:
        return problems.BROKEN_MANIFEST.of()
    return XmlSubmission(identity, text, root, manifest)


def usable_id(value: str) -> bool:
    """True if the text can be an instance id: not empty, not endless, and nothing that breaks a line."""
    return 0 < len(value) <= MAX_ID_CHARS and value.isprintable()


def id_from_content(body: bytes) -> str:
    """The instance id of a body that has none: a UUID (version 8, RFC 9562) from its SHA-256."""
    digest = bytearray(hashlib.sha256(body).digest()[:16])
    digest[6] = 0x80 | digest[6] & 0x0F
    digest[8] = 0x80 | digest[8] & 0x3F
    return f"uuid:{uuid.UUID(bytes=bytes(digest))}"


def _malformed(error: etree.XMLSyntaxError) -> Problem:
    # libxml2's message is not repeated: it quotes the document.
    line, column = error.position
    if getattr(error, "code", None) == etree.ErrorTypes.ERR_INVALID_CHAR:
        return problems.BAD_CHARACTERS.of(place=line)
    return problems.MALFORMED_XML.of(line=line, column=column)


def _identity(root: etree._Element, body: bytes, id_needed: bool) -> Identity | Problem:
    namespace = etree.QName(root).namespace if root.tag[0] == "{" else None
    survey = (root.get("id") or namespace or "").strip()
    if not survey:
        return problems.NO_SURVEY_ID.of()
    meta = _child(root, "meta", namespace)
    instance = _text(meta, "instanceID", namespace) or _text(root, "instanceID", namespace)
    instance = instance or (root.get("instanceID") or "").strip()
    if not instance:
        # The answers were encrypted with the id: without it nobody can ever read them.
        if id_needed:
            return problems.BROKEN_MANIFEST.of()
        instance = id_from_content(body)
    replaces = _text(meta, "deprecatedID", namespace) or None
    if not usable_id(instance) or (replaces is not None and not usable_id(replaces)):
        return problems.BAD_INSTANCE_ID.of(limit=MAX_ID_CHARS)
    return Identity(survey, (root.get("version") or "").strip(), instance, replaces)


def _child(parent: etree._Element, name: str, namespace: str | None) -> etree._Element | None:
    """The first child of that name in the OpenRosa namespace, in none, or in the root's."""
    names = [*(f"{{{space}}}{name}" for space in _ORX), name]
    if namespace is not None:
        names.append(f"{{{namespace}}}{name}")
    return next(parent.iterchildren(*names), None)


def _text(parent: etree._Element | None, name: str, namespace: str | None) -> str:
    child = None if parent is None else _child(parent, name, namespace)
    return "" if child is None or child.text is None else child.text.strip()
