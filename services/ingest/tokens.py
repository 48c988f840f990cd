"""Where a request carries its token: in the path, in the Authorization header, or as `?st=`.

Digest is not read here: it needs the password itself, and only hashes are kept. Collect offers nothing but Digest on
plain http, so there the token goes into the path.
"""

import base64
import binascii
from urllib.parse import parse_qs

CHALLENGE = b'Basic realm="Rihla", charset="UTF-8"'


def token_of(authorization: bytes | None, query: bytes) -> str | None:
    """The token of a request whose path has none. The user name of Basic authentication is ignored."""
    if authorization is not None:
        scheme, _, value = authorization.partition(b" ")
        match scheme.lower():
            case b"bearer":
                return value.strip().decode("latin1")
            case b"basic":
                return _password(value)
    if b"st=" in query:
        values = parse_qs(query.decode("latin1")).get("st")
        return values[0] if values else None
    return None


def _password(credentials: bytes) -> str | None:
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return decoded.partition(":")[2]
