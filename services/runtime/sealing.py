"""Sealed payloads: libsodium sealed boxes (X25519, XSalsa20-Poly1305, a new sender key for each box).

Ingest can only seal. What it wrote, it cannot read again; only validate opens.
"""

from collections.abc import Callable, Mapping

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
    """`look_again` gives the keys that are there now: asked for whenever a record names one that is not known, so that
    a rotation needs no new start."""

    def __init__(
        self,
        private: Mapping[str, PrivateKey],
        look_again: Callable[[], Mapping[str, PrivateKey]] = dict,
    ) -> None:
        self._boxes = {key_id: SealedBox(key) for key_id, key in private.items()}
        self._look_again = look_again

    def open(self, key_id: str | None, sealed: bytes) -> bytes:
        """Raises `CannotOpen`."""
        box = None if key_id is None else self._boxes.get(key_id) or self._found(key_id)
        if box is None:
            raise CannotOpen("sealed for a key that is not here")
        try:
            return bytes(box.decrypt(sealed))
        except (CryptoError, ValueError, TypeError):
            raise CannotOpen("not a sealed box of this key") from None

    def _found(self, key_id: str) -> "SealedBox[PrivateKey] | None":
        for name, key in self._look_again().items():
            self._boxes.setdefault(name, SealedBox(key))
        return self._boxes.get(key_id)
