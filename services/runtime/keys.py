"""Key files: one folder for each holder, files readable by their owner alone.

    instance.key          32 bytes; hashes instance ids into record keys; ingest and validate
    sealing-<id>.pub      X25519 public key; ingest (services.runtime.sealing_keys)
    sealing-<id>.key      its private half; validate alone
    survey-<hash>.key     the secret of a survey, and beside it its pseudonym keys (services.runtime.survey_keys);
                          validate alone
    form-<hash>.pem       private key of a form that encrypts (services.validate.form_keys); validate alone

The names are the whole contract: files that Compose or Kubernetes mounts from a secret do as well.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from nacl.public import PrivateKey, PublicKey

from services.runtime import survey_keys
from services.runtime.faults import OperatorStop
from services.runtime.key_files import make_folder, read, write_new
from services.runtime.sealing_keys import PRIVATE, PUBLIC, key_id_of, new_id, path_of, sealing_keys
from services.runtime.survey_keys import SurveyKeys

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
    sealing: dict[str, PrivateKey] = field(repr=False)

    def of_survey(self, survey: str) -> SurveyKeys | None:
        """As the folder has them now; None if they were destroyed. Raises `OperatorStop` if they are missing."""
        return survey_keys.load(self.folder, survey)


def create(folder: Path) -> None:
    """Makes the instance key and a sealing key pair where there are none. Safe to call again, also after a process
    that died between the two halves of the pair: the public half follows from the private one.

    Raises `OperatorStop` if the folder is open to others, or keys are gone that were there: new ones could not open
    what is sealed, and would count every retry twice.
    """
    make_folder(folder)
    surveys, sealing = list(folder.glob("survey-*.key")), list(folder.glob("sealing-*.key"))
    if ((surveys or sealing) and not (folder / "instance.key").exists()) or (surveys and not sealing):
        raise OperatorStop(f"Keys are missing in {folder}, but others are there. Restore them from the backup of keys.")
    write_new(folder / "instance.key", secrets.token_bytes(SECRET_BYTES))
    if not sealing:
        new_sealing_key(folder)
    for private in folder.glob("sealing-*.key"):
        public = private.with_suffix(PUBLIC)
        if not public.exists():
            write_new(public, bytes(PrivateKey(private.read_bytes()).public_key))


def new_sealing_key(folder: Path) -> str:
    """Makes a pair that is newer than all others, and returns its id. The private half comes first: nothing is sealed
    for a key that validate cannot find."""
    key_id = new_id(datetime.now(UTC), [each.key_id for each in sealing_keys(folder)])
    private = PrivateKey.generate()
    write_new(path_of(folder, key_id, PRIVATE), bytes(private))
    write_new(path_of(folder, key_id, PUBLIC), bytes(private.public_key))
    return key_id


def create_survey_secret(folder: Path, survey: str) -> None:
    """Makes the secret of a survey if it has none. Called when the survey is published. Raises `OperatorStop` if it had
    one that was destroyed."""
    survey_keys.create(folder, survey)


def issue_public(private: Path, public: Path) -> list[str]:
    """Copies what ingest needs from validate's folder into its own. Returns the names of the new files.

    Raises `OperatorStop` if ingest holds another file of that name: with two instance keys a retry is not recognised.
    """
    make_folder(public)
    issued = []
    for source in sorted([private / "instance.key", *private.glob("sealing-*.pub")]):
        copy, data = public / source.name, read(source, "A key to be issued is missing")
        if not copy.exists():
            write_new(copy, data)
            issued.append(copy.name)
        if copy.read_bytes() != data:
            raise OperatorStop(f"{source.name} differs between {private} and {public}: restore the older of the two.")
    return issued


def load_public(folder: Path) -> PublicKeys:
    """Raises `OperatorStop` if a file is missing."""
    here = [each.key_id for each in sealing_keys(folder) if each.public]
    if not here:
        raise OperatorStop(f"There is no sealing-*.pub in {folder}. Set RIHLA_KEYS__FOLDER, or restore the keys.")
    newest = read(path_of(folder, here[-1], PUBLIC), "A sealing key went while it was read")
    return PublicKeys(_hasher(folder), here[-1], PublicKey(newest))


def load_private(folder: Path) -> PrivateKeys:
    """Raises `OperatorStop` if a file is missing."""
    sealing = private_sealing_keys(folder)
    if not sealing:
        raise OperatorStop(f"There is no sealing-*.key in {folder}. Set RIHLA_KEYS__FOLDER, or restore the keys.")
    return PrivateKeys(folder, _hasher(folder), sealing)


def private_sealing_keys(folder: Path) -> dict[str, PrivateKey]:
    """By id. Raises `OperatorStop` for a file that is no key."""
    found = {}
    for path in folder.glob("sealing-*.key"):
        try:
            found[key_id_of(path)] = PrivateKey(path.read_bytes())
        except (TypeError, ValueError, OSError):
            raise OperatorStop(f"{path.name} in {folder} is not a key. Restore it from the backup of keys.") from None
    return found


def _hasher(folder: Path) -> InstanceHasher:
    return InstanceHasher(read(folder / "instance.key", "The key that hashes instance ids is missing"))
