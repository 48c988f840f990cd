"""What ingest shows phones of the forms, as a process on a real broker. IN4 formList and forms. IN13 files of forms."""

import hashlib
import xml.etree.ElementTree as ET

from cli.survey_media import publish_media
from schemas.survey.attached import media_of
from schemas.topics import SURVEYS
from services.runtime.publish import publish_all
from services.runtime.surveys import SurveyCatalogue
from tests.integration.ingest_process import (
    BEARER,
    TOKEN,
    IngestBench,
    IngestProcess,
    bench,
    ingest,
    survey,
    wait_until,
)

__all__ = ["bench", "ingest"]  # fixtures

MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
LIST = "{http://openrosa.org/xforms/xformsList}"


def test_form_list_and_forms(bench: IngestBench, ingest: IngestProcess) -> None:
    """IN4, rules 5 and 6"""
    reply = ingest.get(
        f"/key/{TOKEN}/formList?deviceID=x", {"Host": "surveys.example.org", "X-Forwarded-Proto": "https"}
    )
    assert reply.status == 200
    assert "text/xml" in reply.headers["content-type"]
    assert reply.headers["x-openrosa-version"] == "1.0"
    [listed] = ET.fromstring(reply.body)
    assert listed.findtext(f"{LIST}formID") == "visit"
    url = listed.findtext(f"{LIST}downloadUrl") or ""
    base = f"https://surveys.example.org/key/{TOKEN}"
    assert url == f"{base}/forms/visit.xml?version=1"
    served = ingest.get(url.removeprefix("https://surveys.example.org"))
    assert served.status == 200
    assert "text/xml" in served.headers["content-type"]
    assert served.body.decode() == survey().xform
    assert listed.findtext(f"{LIST}hash") == "md5:" + hashlib.md5(served.body, usedforsecurity=False).hexdigest()


def test_files_of_a_form(bench: IngestBench, ingest: IngestProcess) -> None:
    """IN13"""
    files = {"towns.csv": b"name,label\na,A\n", "Größe.png": b"\x89PNG" + bytes(range(256)) * 30_000}
    with_files = survey("visit", "with-files").model_copy(update={"media": media_of(files)})
    assert publish_media(bench.settings.kafka, with_files, files, [survey("visit")]) == 2
    assert publish_media(bench.settings.kafka, with_files, files, [with_files]) == 0
    bench.publish(with_files)
    wait_until(lambda: ingest.get("/xformsManifest/visit?version=with-files", BEARER).status == 200)
    base = f"http://127.0.0.1:{ingest.port}"
    [listed] = ET.fromstring(ingest.get(f"/key/{TOKEN}/formList").body)
    url = listed.findtext(f"{LIST}manifestUrl") or ""
    assert url == f"{base}/key/{TOKEN}/xformsManifest/visit?version=with-files"
    reply = ingest.get(url.removeprefix(base))
    assert "text/xml" in reply.headers["content-type"] and reply.headers["x-openrosa-version"] == "1.0"
    entries = ET.fromstring(reply.body)
    assert len(entries) == 2
    for entry in entries:
        name = entry.findtext(f"{MANIFEST}filename") or ""
        served = ingest.get((entry.findtext(f"{MANIFEST}downloadUrl") or "").removeprefix(base))
        assert (served.status, served.body) == (200, files[name])
        digest = hashlib.md5(served.body, usedforsecurity=False).hexdigest()
        assert entry.findtext(f"{MANIFEST}hash") == f"md5:{digest}"
        assert served.headers["x-content-type-options"] == "nosniff"
    assert ingest.get("/xformsMedia/visit/towns.csv?version=1", BEARER).code == "ING-014"
    assert ingest.get("/xformsMedia/visit/nothing.csv", BEARER).code == "ING-014"
    assert ingest.get("/xformsMedia/other/towns.csv", BEARER).code == "ING-004"
    assert ingest.get("/xformsMedia/visit/towns.csv").code == "ING-001"
    assert ET.fromstring(ingest.get("/xformsManifest/visit?version=1", BEARER).body).tag == f"{MANIFEST}manifest"


def test_a_catalogue_reads_files_when_they_are_asked_for(bench: IngestBench) -> None:
    """Also one that was published again, and none whose content is not what its key says."""
    files = {"a.csv": b"k\n1\n", "b.png": b"png", "c.csv": b"k\n2\n"}
    definition = survey("visit", "catalogue").model_copy(update={"media": media_of(files)})
    first, second, third = (media.sha256 for media in definition.media)
    records = [(first, files["a.csv"]), (second, files["b.png"]), (third, b"forged"), (first, files["a.csv"])]
    publish_all(bench.settings.kafka, SURVEYS, records)
    bench.publish(definition)
    catalogue = SurveyCatalogue(bench.settings.kafka)
    catalogue.start()
    try:
        assert catalogue.find("visit", "catalogue") == definition
        assert catalogue.media(second) == b"png"
        assert catalogue.data_files(definition) == {"a.csv": files["a.csv"]}
        assert catalogue.media("0" * 64) is None
    finally:
        catalogue.stop()


def test_form_list_of_one_form_and_by_head(ingest: IngestProcess) -> None:
    """IN4: an exact match, none otherwise; Enketo asks by HEAD whether it may come in."""
    assert len(ET.fromstring(ingest.get("/formList?formID=visit", BEARER).body)) == 1
    for other in ("Visit", "visi", "other", ""):
        assert len(ET.fromstring(ingest.get(f"/formList?formID={other}&x=", BEARER).body)) == (1 if other == "" else 0)
    head = ingest.request("HEAD", "/formList", None, BEARER)
    assert (head.status, head.body) == (200, b"")
    assert ingest.request("HEAD", "/formList").status == 401
