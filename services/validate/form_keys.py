"""The private keys of forms that encrypt, in validate's folder of keys: form-<hash of the public key>.pem.

A survey can have several over time: the public key that a version was published with says which one opens its
submissions. A key that is put into the folder is found at the next submission that needs it; nothing has to be started
again. One that was used stays in memory until the process ends.
"""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from services.runtime.key_files import write_new

PATTERN = "form-*.pem"
MIN_BITS, MAX_BITS = 2048, 8192
"""Of the modulus. ODK says 2048; above 8192 one submission costs a tenth of a second."""


class UnusableKey(Exception):
    """Not an RSA private key in PEM, of another length, or the passphrase is not its own. The text says which."""


def read_private(pem: bytes, passphrase: str = "") -> RSAPrivateKey:
    """Raises `UnusableKey`. The passphrase is used only if the key needs one."""
    try:
        try:
            key = serialization.load_pem_private_key(pem, None)
        except TypeError:
            key = serialization.load_pem_private_key(pem, passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        needs = b"ENCRYPTED" in pem
        raise UnusableKey("the passphrase is not that of the key" if needs else "not a private key in PEM") from None
    if not isinstance(key, RSAPrivateKey) or not MIN_BITS <= key.key_size <= MAX_BITS:
        raise UnusableKey(f"not an RSA key of {MIN_BITS} to {MAX_BITS} bits")
    return key


def read_public(form_key: str) -> RSAPublicKey | None:
    """The key as a form holds it (base64 of the DER), or None if it is none that a phone could use."""
    try:
        key = serialization.load_der_public_key(base64.b64decode("".join(form_key.split()), validate=True))
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) else None


def form_key_of(public: RSAPublicKey) -> str:
    """The public key as it stands in the column public_key of a form."""
    return base64.b64encode(_der(public)).decode("ascii")


def key_id(public: RSAPublicKey) -> str:
    """The first 64 bits of the SHA-256 of the public key, as in the name of its file."""
    return hashlib.sha256(_der(public)).hexdigest()[:16]


def path_of(folder: Path, public: RSAPublicKey) -> Path:
    return folder / f"form-{key_id(public)}.pem"


def put(folder: Path, key: RSAPrivateKey, pem: bytes) -> Path:
    """Writes a key for its owner alone to read, whole or not at all; one that is there stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = path_of(folder, key.public_key())
    write_new(path, pem)
    return path


class FormKeys:
    """The keys that are here, read when they are needed. `on_unusable` is told once of a file that cannot be used (its
    name and why). Blocks for a file; not for several threads."""

    def __init__(self, folder: Path, passphrase: str, on_unusable: Callable[[str, str], None]) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._on_unusable = on_unusable
        self._public: dict[str, RSAPublicKey | None] = {}
        self._private: dict[Path, RSAPrivateKey] = {}
        self._unusable: dict[Path, int] = {}
        """By the time at which the file was written, in nanoseconds: a better one is tried."""

    def of(self, form_key: str | None) -> RSAPrivateKey | None:
        """The private half of a form's key; None if it is not here, or the form has none that is one."""
        if form_key is None:
            return None
        if form_key not in self._public:
            self._public[form_key] = read_public(form_key)
        public = self._public[form_key]
        return None if public is None else self._read(path_of(self._folder, public))

    def all(self) -> list[RSAPrivateKey]:
        """Every key that is here and can be used."""
        found = (self._read(path) for path in sorted(self._folder.glob(PATTERN)))
        return [key for key in found if key is not None]

    def _read(self, path: Path) -> RSAPrivateKey | None:
        found = self._private.get(path)
        if found is not None:
            return found
        try:
            written = path.stat().st_mtime_ns
            if self._unusable.get(path) == written:
                return None
            pem = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            return self._not_usable(path, 0, type(error).__name__)
        try:
            key = read_private(pem, self._passphrase)
        except UnusableKey as unusable:
            return self._not_usable(path, written, str(unusable))
        if path_of(self._folder, key.public_key()) != path:
            return self._not_usable(path, written, "not the key that its name says")
        self._private[path] = key
        return key

    def _not_usable(self, path: Path, written: int, why: str) -> RSAPrivateKey | None:
        if self._unusable.get(path) != written:
            self._unusable[path] = written
            self._on_unusable(path.name, why)
        return None


def _der(public: RSAPublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
