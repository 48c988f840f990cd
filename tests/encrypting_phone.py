"""A phone that encrypts, written from the text of the ODK XForms specification and not from our code.

AES in CFB mode, OAEP and MGF1 are written out here over the bare block cipher and RSA's arithmetic, so that no mode or
padding of the library that the validator uses stands on both sides.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SUBMISSIONS = "http://opendatakit.org/submissions"


@dataclass(frozen=True)
class Form:
    """`public` is what stands in the form, `pem` the private half as its owner keeps it."""

    private: rsa.RSAPrivateKey
    public: str
    pem: bytes


def form(name: str = "first") -> Form:
    """A key pair, the same for a name within a test session."""
    return _form(name)


@cache
def _form(name: str, bits: int = 2048) -> Form:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Form(key, base64.b64encode(der).decode(), pem)


@dataclass(frozen=True)
class Encrypted:
    """What the phone posts: the manifest, submission.xml.enc, and the other files by their names in the manifest."""

    manifest: str
    xml: bytes
    media: dict[str, bytes]


def encrypt(
    key: Form,
    xml: str,
    *,
    survey: str,
    version: str | None,
    instance: str,
    media: Sequence[tuple[str, bytes]] = (),
    mgf: str = "sha256",
    signed: bool = True,
    aes_key: bytes | None = None,
) -> Encrypted:
    aes = aes_key if aes_key is not None else secrets.token_bytes(32)
    seed = list(hashlib.md5(instance.encode() + aes).digest())
    counter = 0

    def next_file(data: bytes) -> bytes:
        nonlocal counter
        index = counter % 16
        seed[index] = (seed[index] + 1) & 0xFF
        counter += 1
        return _cfb(aes, bytes(seed), data)

    sealed_media = {f"{name}.enc": next_file(data) for name, data in media}
    sealed_xml = next_file(xml.encode())
    wrapped = base64.b64encode(_oaep(key, aes, mgf)).decode()
    lines = [survey, *([version] if version is not None else []), wrapped, instance]
    lines += [f"{name}::{hashlib.md5(data).hexdigest()}" for name, data in [*media, ("submission.xml", xml.encode())]]
    digest = hashlib.md5("".join(f"{line}\n" for line in lines).encode()).digest()
    signature = base64.b64encode(_oaep(key, digest, mgf)).decode()
    files = "".join(f"<media><file>{name}</file></media>" for name in sealed_media)
    manifest = (
        f'<data xmlns="{SUBMISSIONS}" id="{survey}" encrypted="yes"'
        + (f' version="{version}"' if version is not None else "")
        + f"><base64EncryptedKey>{wrapped}</base64EncryptedKey>{files}"
        f"<encryptedXmlFile>submission.xml.enc</encryptedXmlFile>"
        + (f"<base64EncryptedElementSignature>{signature}</base64EncryptedElementSignature>" if signed else "")
        + f'<meta xmlns="http://openrosa.org/xforms"><instanceID>{instance}</instanceID></meta></data>'
    )
    return Encrypted(manifest, sealed_xml, sealed_media)


def _cfb(key: bytes, iv: bytes, data: bytes) -> bytes:
    """Cipher feedback over whole blocks, padded as PKCS#7."""
    block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    short = 16 - len(data) % 16
    data += bytes([short] * short)
    out = b""
    for at in range(0, len(data), 16):
        iv = _xor(block.update(iv), data[at : at + 16])
        out += iv
    return out


def _oaep(key: Form, message: bytes, mgf: str) -> bytes:
    """RFC 8017, 7.1.1, with SHA-256 and an empty label; `mgf` names the hash within MGF1."""
    numbers = key.private.public_key().public_numbers()
    length = (numbers.n.bit_length() + 7) // 8
    label = hashlib.sha256(b"").digest()
    block = label + b"\x00" * (length - len(message) - 2 * len(label) - 2) + b"\x01" + message
    seed = secrets.token_bytes(len(label))
    masked = _xor(block, _mgf1(seed, len(block), mgf))
    masked_seed = _xor(seed, _mgf1(masked, len(seed), mgf))
    return pow(int.from_bytes(b"\x00" + masked_seed + masked), numbers.e, numbers.n).to_bytes(length)


def _mgf1(seed: bytes, length: int, name: str) -> bytes:
    out, counter = b"", 0
    while len(out) < length:
        out += hashlib.new(name, seed + counter.to_bytes(4)).digest()
        counter += 1
    return out[:length]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=False))
