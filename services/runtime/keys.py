"""Key files: one folder for each holder, files readable by their owner alone.

    instance.key          32 bytes; hashes instance ids into record keys; ingest and validate
    sealing-<id>.pub      X25519 public key; ingest
    sealing-<id>.key      its private half; validate alone
    survey-<hash>.key     32 bytes for each survey: fingerprints, pseudonyms, record keys; validate alone
    form-<hash>.pem       private key of a form that encrypts (services.validate.form_keys); validate alone

Deleting the key of a survey makes its pseudonyms unlinkable for ever.
"""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from nacl.public import PrivateKey, PublicKey

from services.runtime.faults import OperatorStop

SECRET_BYTES = 32
HASH_BYTES = 16
"""128 bits: no two of 10^12 instances meet by chance (birthday bound 10^-15)."""


class InstanceHasher:
    """Names an instance without showing its id. The same survey and id always give the same 22 characters."""

    def __init__(self, secret: bytes) -> None:
        self._prepared = hmac.new(secret, b"instance\x1f", hashlib.sha256)

    def __call__(self, survey: str, instance: str) -> str:
        mac = self._prepared.copy()
        mac.update(survey.encode() + b"\x1f" + instance.encode())
        return base64.urlsafe_b64encode(mac.digest()[:HASH_BYTES]).decode().rstrip("=")


@dataclass(frozen=True)
class PublicKeys:
    """What ingest holds. `sealing_id` is the newest public key's id."""

    instance_hash: InstanceHasher
    sealing_id: str
    sealing: PublicKey


@dataclass(frozen=True)
class PrivateKeys:
    """What validate holds. Old sealing keys stay, to open records that were sealed before a rotation."""

    folder: Path
    instance_hash: InstanceHasher
    sealing: dict[str, PrivateKey]
    _surveys: dict[str, bytes] = field(default_factory=dict)

    def survey_secret(self, survey: str) -> bytes:
        """The 32 bytes of a survey. Raises `OperatorStop` if there is no such file: another secret would count
        every retry twice, so none is ever made up here."""
        found = self._surveys.get(survey)
        if found is None:
            path = _survey_path(self.folder, survey)
            found = self._surveys[survey] = _read(path, f"The key of survey {survey} is missing")
        return found


def create(folder: Path) -> None:
    """Makes the instance key and a sealing key pair where there are none. Safe to call again, also after a process
    that died between the two halves of the pair: the public half follows from the private one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_new(folder / "instance.key", secrets.token_bytes(SECRET_BYTES))
    if not list(folder.glob("sealing-*.key")):
        write_new(folder / f"sealing-{secrets.token_hex(4)}.key", bytes(PrivateKey.generate()))
    for private in folder.glob("sealing-*.key"):
        public = private.with_suffix(".pub")
        if not public.exists():
            write_new(public, bytes(PrivateKey(private.read_bytes()).public_key))


def create_survey_secret(folder: Path, survey: str) -> None:
    """Makes the secret of a survey if it has none. Called when the survey is published."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_new(_survey_path(folder, survey), secrets.token_bytes(SECRET_BYTES))


def issue_public(private: Path, public: Path) -> list[str]:
    """Copies what ingest needs from validate's folder into its own. Returns the names of the new files.

    Raises `OperatorStop` if ingest holds another file of that name: with two instance keys a retry is not recognised.
    """
    public.mkdir(mode=0o700, parents=True, exist_ok=True)
    issued = []
    for source in sorted([private / "instance.key", *private.glob("sealing-*.pub")]):
        copy, data = public / source.name, _read(source, "A key to be issued is missing")
        if not copy.exists():
            write_new(copy, data)
            issued.append(copy.name)
        if copy.read_bytes() != data:
            raise OperatorStop(f"{source.name} differs between {private} and {public}: restore the older of the two.")
    return issued


def load_public(folder: Path) -> PublicKeys:
    """Raises `OperatorStop` if a file is missing."""
    newest = max(folder.glob("sealing-*.pub"), key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)
    if newest is None:
        raise OperatorStop(f"There is no sealing-*.pub in {folder}. Set RIHLA_KEYS__FOLDER, or restore the keys.")
    return PublicKeys(_hasher(folder), _key_id(newest), PublicKey(newest.read_bytes()))


def load_private(folder: Path) -> PrivateKeys:
    """Raises `OperatorStop` if a file is missing."""
    sealing = {_key_id(path): PrivateKey(path.read_bytes()) for path in folder.glob("sealing-*.key")}
    if not sealing:
        raise OperatorStop(f"There is no sealing-*.key in {folder}. Set RIHLA_KEYS__FOLDER, or restore the keys.")
    return PrivateKeys(folder, _hasher(folder), sealing)


def _hasher(folder: Path) -> InstanceHasher:
    return InstanceHasher(_read(folder / "instance.key", "The key that hashes instance ids is missing"))


def _read(path: Path, complaint: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise OperatorStop(f"{complaint}: {path.name} in {path.parent}. Restore it from the backup of keys.") from None


def _key_id(path: Path) -> str:
    return path.stem.removeprefix("sealing-")


def _survey_path(folder: Path, survey: str) -> Path:
    # The name is hashed because "Survey" and "survey" are one file on some disks.
    return folder / f"survey-{hashlib.sha256(survey.encode()).hexdigest()[:16]}.key"


def write_new(path: Path, data: bytes) -> None:
    """Writes whole or not at all, and never over a file that is there: two processes may start at once."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
