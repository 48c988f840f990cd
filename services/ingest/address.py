"""The address of this server as a phone sees it, for the URLs in a form list."""

import re

from services.ingest.exchange import Exchange

_HOST = re.compile(r"[A-Za-z0-9.\-_\[\]:]{1,255}")


def base_url(exchange: Exchange, public_url: str) -> str:
    """With the key of the request, without a slash at the end.

    Behind a TLS proxy the address comes from X-Forwarded-Proto and -Host; whoever forges them fools himself alone.
    """
    key = exchange.scope["path_params"].get("token")
    suffix = f"/key/{key}" if key else ""
    if public_url:
        return public_url.rstrip("/") + suffix
    headers = exchange.headers
    scheme = _first(headers.get(b"x-forwarded-proto")) or str(exchange.scope["scheme"])
    host = _first(headers.get(b"x-forwarded-host")) or _first(headers.get(b"host"))
    if scheme not in ("http", "https"):
        scheme = "http"
    if not _HOST.fullmatch(host):
        host = "localhost"
    return f"{scheme}://{host}{suffix}"


def _first(value: bytes | None) -> str:
    """The first of a list: the proxy that is nearest to the phone."""
    return (value or b"").split(b",")[0].strip().decode("latin1")
