"""Sealed payloads: libsodium sealed boxes (X25519, XSalsa20-Poly1305, a new sender key for each box).

Ingest can only seal. What it wrote, it cannot read again; only validate opens.
"""

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox


class CannotOpen(Exception):
    """The record was not sealed for a key that is here, or was changed on the way."""


class Sealer:
    def __init__(self, key_id: str, public: PublicKey) -> None:
        self.key_id = key_id
        self._box = SealedBox(public)

    def seal(self, plain: bytes) -> bytes:
        return bytes(self._box.encrypt(plain))


class Opener:
    def __init__(self, private: dict[str, PrivateKey]) -> None:
        self._boxes = {key_id: SealedBox(key) for key_id, key in private.items()}

    def open(self, key_id: str | None, sealed: bytes) -> bytes:
        """Raises `CannotOpen`."""
        box = self._boxes.get(key_id) if key_id is not None else None
        if box is None:
            raise CannotOpen("sealed for a key that is not here")
        try:
            return bytes(box.decrypt(sealed))
        except (CryptoError, ValueError, TypeError):
            raise CannotOpen("not a sealed box of this key") from None
