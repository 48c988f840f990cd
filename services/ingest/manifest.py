"""The manifest that a phone posts in the place of the XML when the form encrypts (ODK XForms, Encryption).

The answers are in the attachment submission.xml.enc. Ingest looks at neither: it keeps the two together, and validate
opens them with the survey's private key.

A client that splits a submission repeats the manifest in each request, and one of these holds the attachment. That one
becomes the record, and is answered after the broker's acknowledgement like any other. A request without it has nothing
to keep and is answered with success at once. Nothing can be lost by that: a phone deletes a submission after all of its
requests were acknowledged, so after the one with the answers was. A manifest that names another file, or that comes
without any file or where none can come with it, is refused instead: there that one would never arrive. (Collect and
Enketo send at least one file with each part.)
"""

from dataclasses import dataclass

from lxml import etree

ENCRYPTED_XML = "submission.xml.enc"
"""The name that Collect and Enketo give the encrypted answers."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`complete`: it names the encrypted key and `ENCRYPTED_XML`. `media` are the names of the other files."""

    complete: bool
    media: frozenset[str]


def is_manifest(root: etree._Element) -> bool:
    return root.get("encrypted") == "yes"


def read_manifest(root: etree._Element) -> Manifest:
    key = _text(root.find("{*}base64EncryptedKey"))
    named = _text(root.find("{*}encryptedXmlFile"))
    media = frozenset(name for file in root.iterfind("{*}media/{*}file") if (name := _text(file)))
    return Manifest(bool(key) and named == ENCRYPTED_XML, media)


def _text(element: etree._Element | None) -> str:
    return "" if element is None or element.text is None else element.text.strip()
