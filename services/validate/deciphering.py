"""Opens a submission that its form encrypted (ODK XForms specification, section Encryption).

The phone draws a key for AES-256 and encrypts each file in CFB mode with PKCS#7 padding: first the media, in the order
of the manifest, and last the XML. The vector of a file comes from md5(instance id, key), of which one byte more is
counted up for each file. Media are not kept, but they have moved the vector on. The key itself is encrypted with the
form's RSA key: OAEP with SHA-256, also within MGF1 (vectors of ODK Collect); SHA-1 within MGF1 is tried too, because
Enketo's source asks its library for that.

`base64EncryptedElementSignature` is an md5 over form, version, key, instance id and the md5 of each file, encrypted
with the same public key. So it shows damage and mixed-up files, not who sent it. It covers the media as well, so it
can be compared only where the manifest names none.

Nothing here grows beyond the ciphertext, which ingest has bounded.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from lxml import etree

from schemas.events import Submission
from services.validate.instance import Unreadable, bound
from services.validate.reasons import BROKEN_ENCRYPTION, FORM_KEY_FAILS, OTHER_INSIDE, SIGNATURE_DIFFERS, Code

KEY_BYTES = 32
BLOCK_BYTES = 16
MD5_BYTES = 16
OAEPS = tuple(OAEP(MGF1(within), hashes.SHA256(), None) for within in (hashes.SHA256(), hashes.SHA1()))  # noqa: S303

_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, collect_ids=False,
    encoding="utf-8",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Manifest:
    """`version` is None where the form has none. `media` counts the files beside the XML, `file` names that."""

    survey: str
    version: str | None
    key: str
    file: str
    media: int
    signature: str


def decipher(sealed: Submission, private: RSAPrivateKey) -> Submission | Code:
    """The same submission as if its form did not encrypt, or why it cannot be opened: a code. `replaces` comes from the
    XML, because apps do not write it into the manifest."""
    manifest = _manifest(sealed.body)
    if manifest is None or not sealed.encrypted:
        return BROKEN_ENCRYPTION
    key = _open(private, manifest.key)
    if key is None or len(key) != KEY_BYTES:
        return FORM_KEY_FAILS
    try:
        padded = _decrypt(key, vector(sealed.instance, key, manifest.media + 1), base64.b64decode(sealed.encrypted))
        xml = _without_padding(padded)
        text = xml.decode("utf-8-sig")
    except ValueError:
        return BROKEN_ENCRYPTION
    if manifest.signature and not _signed(manifest, sealed.instance, xml, private):
        return SIGNATURE_DIFFERS
    return _clear(sealed, text)


def vector(instance: str, key: bytes, files: int) -> bytes:
    """The initialization vector of the last of so many files."""
    seed = bytearray(hashlib.md5(instance.encode() + key, usedforsecurity=False).digest())
    for place in range(files):
        seed[place % BLOCK_BYTES] = (seed[place % BLOCK_BYTES] + 1) % 256
    return bytes(seed)


def _manifest(body: str) -> _Manifest | None:
    root = _parse(body)
    if root is None:
        return None
    file = _text(root, "encryptedXmlFile")
    media = sum(1 for _ in root.iterfind("{*}media/{*}file"))
    key, signature = _text(root, "base64EncryptedKey"), _text(root, "base64EncryptedElementSignature")
    return _Manifest(root.get("id", ""), root.get("version"), key, file.removesuffix(".enc"), media, signature)


def _open(private: RSAPrivateKey, text: str) -> bytes | None:
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return None
    for padding in OAEPS:
        try:
            return private.decrypt(data, padding)
        except ValueError:
            continue
    return None


def _decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    decryptor = Cipher(AES256(key), CFB(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _without_padding(padded: bytes) -> bytes:
    """Raises `ValueError`."""
    length = padded[-1] if padded else 0
    if len(padded) % BLOCK_BYTES or not 1 <= length <= BLOCK_BYTES or padded[-length:] != bytes([length]) * length:
        raise ValueError("not padded as PKCS#7")
    return padded[:-length]


def _signed(manifest: _Manifest, instance: str, xml: bytes, private: RSAPrivateKey) -> bool:
    found = _open(private, manifest.signature)
    if found is None or len(found) != MD5_BYTES:
        return False
    digest = hashlib.md5(xml, usedforsecurity=False).hexdigest()
    after = [manifest.key, instance, f"{manifest.file}::{digest}"]
    # A version that is empty text: some apps sign it and some leave it out.
    versions: Iterable[list[str]] = [[manifest.version or ""], []] if not manifest.version else [[manifest.version]]
    wanted = (_md5("\n".join([manifest.survey, *version, *after, ""])) for version in versions)
    return manifest.media > 0 or any([hmac.compare_digest(found, digest) for digest in wanted])


def _md5(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()


def _clear(sealed: Submission, text: str) -> Submission | Code:
    try:
        # Before any parser sees it: ingest could not look at what was encrypted.
        bound(text, "<=&", "<")
    except Unreadable as unreadable:
        return unreadable.code
    root = _parse(text)
    replaces = sealed.replaces
    # What is no XML at all is said by whoever reads the answers.
    if root is not None:
        meta = next(root.iterchildren("{*}meta"), None)
        named = {
            "survey": (root.get("id") or "").strip(),
            "version": (root.get("version") or "").strip(),
            "instance": "" if meta is None else _text(meta, "instanceID"),
        }
        if any(value and value != getattr(sealed, name) for name, value in named.items()):
            return OTHER_INSIDE
        replaces = ("" if meta is None else _text(meta, "deprecatedID")) or replaces
    return sealed.model_copy(update={"body": text, "encrypted": "", "replaces": replaces})


def _parse(text: str) -> "etree._Element | None":
    try:
        return etree.fromstring(text.encode(), _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _text(parent: "etree._Element", name: str) -> str:
    found = next(parent.iterchildren(f"{{*}}{name}"), None)
    return "" if found is None or found.text is None else found.text.strip()
