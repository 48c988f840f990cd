"""The files of forms: the list that phones read, and the shelf that keeps what they ask for."""

import asyncio
import hashlib
import xml.etree.ElementTree as ET

from schemas.survey.attached import media_of
from schemas.survey.definition import SurveyDefinition
from services.ingest import problems
from services.ingest.form_list import form_list
from services.ingest.media_manifest import content_type, manifest, manifest_url
from services.ingest.media_shelf import MediaShelf
from services.runtime.follower import NotCaughtUp

NS = "{http://openrosa.org/xforms/xformsManifest}"
LIST = "{http://openrosa.org/xforms/xformsList}"
FILES = {"Größe & more.csv": b"name\na\n", "a.png": b"png"}


def survey(files: dict[str, bytes]) -> SurveyDefinition:
    return SurveyDefinition(
        survey="s.1", version="2 b".replace(" ", "_"), title="T", root="data", xform="<x/>", fields=[],
        media=media_of(files),
    )  # fmt: skip


def test_only_a_form_with_files_has_a_manifest() -> None:
    listed = ET.fromstring(form_list([survey(FILES), survey({})], "https://h/key/t"))
    urls = [entry.findtext(f"{LIST}manifestUrl") for entry in listed]
    assert urls == ["https://h/key/t/xformsManifest/s.1?version=2_b", None]
    assert urls[0] == manifest_url(survey(FILES), "https://h/key/t")


def test_every_entry_has_what_collect_needs() -> None:
    listed = ET.fromstring(manifest(survey(FILES), "https://h/key/t"))
    assert listed.tag == f"{NS}manifest"
    assert [entry.findtext(f"{NS}filename") for entry in listed] == sorted(FILES)
    for entry in listed:
        content = FILES[entry.findtext(f"{NS}filename") or ""]
        assert entry.findtext(f"{NS}hash") == "md5:" + hashlib.md5(content, usedforsecurity=False).hexdigest()
    url = listed[0].findtext(f"{NS}downloadUrl")
    assert url == "https://h/key/t/xformsMedia/s.1/Gr%C3%B6%C3%9Fe%20%26%20more.csv?version=2_b"


def test_content_types() -> None:
    assert [content_type(name) for name in ("a.png", "a.csv", "a.strange")] == [
        b"image/png", b"text/csv", b"application/octet-stream",
    ]  # fmt: skip


class Topic:
    """Contents by hash; counts how often each was read."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents = contents
        self.read: list[str] = []

    def media(self, sha256: str) -> bytes | None:
        self.read.append(sha256)
        if sha256 == "away":
            raise NotCaughtUp
        return self.contents.get(sha256)


async def test_many_phones_cost_one_reading() -> None:
    topic = Topic({"a": b"1" * 40, "b": b"2" * 40, "c": b"3" * 40})
    shelf = MediaShelf(topic, max_bytes=100)
    assert await asyncio.gather(*[shelf.get("a") for _ in range(50)]) == [b"1" * 40] * 50
    await shelf.get("b")
    await shelf.get("a")
    assert topic.read == ["a", "b"]
    await shelf.get("c")  # pushes out b, which was asked for longest ago
    await shelf.get("a")
    await shelf.get("b")
    assert topic.read == ["a", "b", "c", "b"]


async def test_a_file_that_is_not_there_and_a_broker_that_is_away() -> None:
    topic = Topic({})
    shelf = MediaShelf(topic)
    assert await shelf.get("nothing") is None
    away = await shelf.get("away")
    assert isinstance(away, problems.Problem) and away.type is problems.FILE_UNAVAILABLE
    topic.contents["nothing"] = b"here now"
    assert await shelf.get("nothing") == b"here now"


async def test_a_broker_that_is_away_holds_up_nobody_for_longer_than_one_reading() -> None:
    content = b"a"
    name = hashlib.sha256(content).hexdigest()
    topic = Topic({name: content})
    shelf = MediaShelf(topic)
    assert await shelf.get(name) == content
    topic.read.clear()
    found = await asyncio.gather(*(shelf.get("away") for _ in range(20)), shelf.get(name))
    assert found == [problems.FILE_UNAVAILABLE.of()] * 20 + [content]
    assert topic.read == ["away"]
    assert await shelf.get("away") == problems.FILE_UNAVAILABLE.of()
    assert topic.read == ["away"] * 2
