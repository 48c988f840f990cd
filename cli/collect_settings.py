"""The settings of ODK Collect as the QR code that it scans to set itself up (its import format)."""

import base64
import io
import json
import zlib

import segno


def settings_text(server_url: str, project: str) -> str:
    """The text of the QR code: JSON, zlib (RFC 1950), base64 without line breaks.

    `general` and `admin` must be there even if empty. What is not named goes back to Collect's default.
    """
    settings = {
        "general": {
            "server_url": server_url,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
            "delete_send": False,
        },
        "admin": {},
        "project": {"name": project, "icon": "R", "color": "#1f6f8b"},
    }
    return base64.b64encode(zlib.compress(json.dumps(settings, separators=(",", ":")).encode())).decode()


def terminal_code(text: str) -> str:
    """The QR code as lines of half blocks for a terminal, with the quiet zone that scanners need."""
    out = io.StringIO()
    # Level L: a screen has no dirt, and a smaller code is easier to photograph.
    segno.make_qr(text, error="L").terminal(out=out, compact=True, border=2)
    return out.getvalue()
