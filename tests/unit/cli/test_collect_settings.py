"""The QR code for Collect decodes to settings that Collect accepts."""

import base64
import json
import zlib

from cli.collect_settings import settings_text, terminal_code

URL = "https://surveys.example/key/abc"


def test_settings_are_zlib_and_base64_of_json_with_general_and_admin() -> None:
    text = settings_text(URL, "North")
    assert "\n" not in text
    settings = json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
    assert settings["general"]["server_url"] == URL
    assert settings["admin"] == {}
    assert settings["project"]["name"] == "North"


def test_the_code_is_drawn_square_for_a_terminal() -> None:
    lines = terminal_code(settings_text(URL, "North")).splitlines()
    assert len(lines) > 20
