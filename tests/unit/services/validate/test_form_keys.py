"""The private keys of forms that encrypt: found by the public key, read only when they are needed, never guessed."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from services.validate.form_keys import (
    FormKeys,
    UnusableKey,
    form_key_of,
    key_id,
    path_of,
    put,
    read_private,
    read_public,
)
from tests.encrypting_phone import form

PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8


def locked(passphrase: str) -> bytes:
    return form().private.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(passphrase.encode()))


class Folder:
    def __init__(self, path: Path, passphrase: str = "") -> None:
        self.path = path
        self.told: list[tuple[str, str]] = []
        self.keys = FormKeys(path, passphrase, lambda name, why: self.told.append((name, why)))

    def has(self, name: str = "first") -> bool:
        found = self.keys.of(form(name).public)
        assert found is None or found.public_key() == form(name).private.public_key()
        return found is not None


def test_a_key_is_found_when_it_comes_and_only_by_its_own_form(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert not folder.has()
    put(tmp_path, form().private, form().pem)
    assert folder.has()
    assert not folder.has("second")
    assert folder.told == []


def test_a_key_is_for_its_owner_alone_and_never_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    path = put(folder, form().private, form().pem)
    assert path == path_of(folder, form().private.public_key())
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    put(folder, form().private, locked("other"))
    assert path.read_bytes() == form().pem
    assert list(folder.iterdir()) == [path]


def test_a_public_key_is_read_however_it_was_pasted_into_the_form() -> None:
    public = form().private.public_key()
    text = form_key_of(public)
    assert text == form().public
    for pasted in (text, f"  {text}\n", "\n".join(text[at : at + 64] for at in range(0, len(text), 64))):
        assert read_public(pasted) == public
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    der = other.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for none in ("", "no base64!", text[:-8], base64.b64encode(der).decode()):
        assert read_public(none) is None
    assert len(key_id(public)) == 16


def test_a_key_without_its_passphrase_is_said_once_and_tried_again_when_it_is_another(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "wrong")
    path = put(tmp_path, form().private, locked("right"))
    assert not any(folder.has() for _ in range(3))
    assert folder.told == [(path.name, "the passphrase is not that of the key")]
    assert Folder(tmp_path, "right").has()
    path.write_bytes(form().pem)
    assert folder.has()


def test_all_keys_are_those_that_can_be_used(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.keys.all() == []
    for name in ("first", "second"):
        put(tmp_path, form(name).private, form(name).pem)
    (tmp_path / "form-0000000000000000.pem").write_bytes(form().pem)
    (tmp_path / "form-notes.pem").write_text("no key")
    (tmp_path / "sealing-1.key").write_bytes(b"x" * 32)
    assert len(folder.keys.all()) == len(folder.keys.all()) == 2
    assert sorted(why for _, why in folder.told) == ["not a private key in PEM", "not the key that its name says"]


def test_what_is_no_such_key_is_refused_in_words() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    other = ed25519.Ed25519PrivateKey.generate()
    public = form().private.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    plain = serialization.NoEncryption()
    for pem, why in (
        (b"", "not a private key in PEM"),
        (b"\xff" * 100, "not a private key in PEM"),
        (public, "not a private key in PEM"),
        (locked("right"), "the passphrase is not that of the key"),
        (small.private_bytes(PEM, PKCS8, plain), "not an RSA key of 2048 to 8192 bits"),
        (other.private_bytes(PEM, PKCS8, plain), "not an RSA key of 2048 to 8192 bits"),
    ):
        with pytest.raises(UnusableKey, match=why):
            read_private(pem)
    old = form().private.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    for pem in (form().pem, old, locked("right")):
        assert read_private(pem, "right").public_key() == form().private.public_key()
