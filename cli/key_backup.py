"""`rihla keys backup`: all keys in one file that a passphrase locks, and back.

The file: one line of JSON that says how the passphrase becomes a key (argon2id), then a secret box (XSalsa20-Poly1305)
around the files as JSON. Whoever has both has every key.
"""

import base64
import json
import os
import re
from pathlib import Path
from typing import Annotated

import typer
from nacl import pwhash, secret, utils
from nacl.exceptions import CryptoError

from cli.key_folder import Keys, keys_of
from cli.where import DEFAULT_DATA, DataFolder
from deploy.local.failure import Failure
from services.runtime.key_files import make_folder, write_new

FORMAT = "rihla-keys-1"
MIN_PASSPHRASE = 12
"""Characters. Argon2id makes each guess cost half a second and 256 MB, which five random words need and a birthday does
not survive."""
_OPS, _MEMORY = pwhash.argon2id.OPSLIMIT_MODERATE, pwhash.argon2id.MEMLIMIT_MODERATE
_NAME = re.compile(
    r"(instance|sealing-[\w-]+|release-[0-9a-f]{16}|survey-[0-9a-f]{16}|pseudonym-[0-9a-f]{16}-\d+|form-[0-9a-f]{16})"
    r"\.(key|pub|pem|destroyed)"
)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    restore: Annotated[
        bool, typer.Option("--restore", help="Put the keys of FILE back, where they are missing.")
    ] = False,
    passphrase_file: Annotated[
        Path | None, typer.Option("--passphrase-file", metavar="FILE", help="Its first line, in place of the question.")
    ] = None,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Keep all keys in one encrypted file, or put them back from it."""
    here = keys_of(data)
    said = _passphrase(passphrase_file, confirm=not restore)
    if restore:
        _restore(here, file, said)
        return
    here.refuse_open()
    files = {name: here.path(name).read_bytes() for name in here.files() if _NAME.fullmatch(name)}
    if not files:
        raise Failure(f"There are no keys in {here.folder}.")
    if file.exists():
        raise Failure(f"{file} is there already, and it may be the only copy of a key: name a new file.")
    try:
        write_new(file, lock(files, said))
    except OSError as error:
        raise Failure(f"{file} cannot be written ({type(error).__name__}).") from None
    typer.echo(
        f"{file} holds {len(files)} files. Keep it and its passphrase in two places, both off this machine. A survey "
        "whose keys are destroyed later stays in it: make a new one then, and destroy this."
    )


def lock(files: dict[str, bytes], passphrase: str) -> bytes:
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    head = {
        "format": FORMAT,
        "kdf": "argon2id",
        "ops": _OPS,
        "memory": _MEMORY,
        "salt": base64.b64encode(salt).decode(),
    }
    plain = json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()})
    box = secret.SecretBox(_stretched(passphrase, salt, _OPS, _MEMORY))
    return json.dumps(head).encode() + b"\n" + bytes(box.encrypt(plain.encode()))


def unlock(backup: bytes, passphrase: str) -> dict[str, bytes]:
    """Raises `Failure` if it is no backup, or the passphrase is another."""
    first, _, box = backup.partition(b"\n")
    try:
        head = json.loads(first)
        salt, ops, memory = base64.b64decode(head["salt"]), int(head["ops"]), int(head["memory"])
        if head["format"] != FORMAT or ops > 8 * _OPS or memory > 8 * _MEMORY:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise Failure("This is no backup of keys, or one of a newer release.") from None
    try:
        plain = secret.SecretBox(_stretched(passphrase, salt, ops, memory)).decrypt(box)
    except (CryptoError, ValueError, TypeError):
        raise Failure("The passphrase is not that of this backup, or the file is damaged.") from None
    files = {str(name): base64.b64decode(content) for name, content in json.loads(plain).items()}
    strange = [name for name in files if not _NAME.fullmatch(name)]
    if strange:
        raise Failure("The backup holds files that are no keys: nothing was restored.")
    return files


def _restore(here: Keys, file: Path, passphrase: str) -> None:
    try:
        files = unlock(file.read_bytes(), passphrase)
    except OSError as error:
        raise Failure(f"{file} cannot be read ({type(error).__name__}).") from None
    make_folder(here.folder)
    make_folder(here.release)
    gone = {_hash(name) for name in here.files() if name.endswith(".destroyed")}
    kept = sorted(name for name in files if _hash(name) in gone and not name.endswith(".destroyed"))
    wanted = {name: content for name, content in files.items() if name not in kept}
    there = {name: here.path(name).read_bytes() for name in wanted if here.path(name).exists()}
    other = [name for name in there if there[name] != wanted[name]]
    if other:
        raise Failure(
            f"In {here.folder} are other files of the name {', '.join(sorted(other))}: look which are the older ones, "
            "and put the others elsewhere. Nothing was restored."
        )
    new = sorted(wanted.keys() - there.keys())
    # The marks first: a crash in between must not bring back what was destroyed.
    for name in sorted(new, key=lambda each: not each.endswith(".destroyed")):
        write_new(here.path(name), wanted[name])
    typer.echo(f"{here.folder}: " + (f"restored {', '.join(new)}." if new else "everything was there."))
    if kept:
        typer.echo(f"Not restored, because these surveys' keys were destroyed: {', '.join(kept)}.")


def _hash(name: str) -> str:
    """Of the survey that a file belongs to, or its own name."""
    found = re.match(r"(?:survey|pseudonym)-([0-9a-f]{16})", name)
    return found[1] if found else name


def _stretched(passphrase: str, salt: bytes, ops: int, memory: int) -> bytes:
    return bytes(pwhash.argon2id.kdf(secret.SecretBox.KEY_SIZE, passphrase.encode(), salt, ops, memory))


def _passphrase(file: Path | None, confirm: bool) -> str:
    if file is None:
        said = str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm))
    else:
        try:
            said = file.read_text(encoding="utf-8").splitlines()[0] if os.path.getsize(file) else ""
        except (OSError, UnicodeDecodeError) as error:
            raise Failure(f"{file} cannot be read ({type(error).__name__}).") from None
    if confirm and len(said) < MIN_PASSPHRASE:
        raise Failure(f"The passphrase is too short: at least {MIN_PASSPHRASE} characters, five random words are good.")
    return said
