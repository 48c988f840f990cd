import hashlib
from pathlib import Path

import pytest

from deploy.local.failure import Failure
from deploy.local.jars import Jar, cache_folder, class_path, missing, provide, read_lock, write_lock

CONTENT = b"classes"
JAR = Jar("org.example", "thing", "1.0", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def test_the_lock_names_one_version_of_kafka_and_hashes_every_jar() -> None:
    jars = read_lock()
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {"4.1.1"}
    assert {"kafka_2.13", "kafka-clients", "log4j-core"} <= {jar.artifact for jar in jars}
    assert all(len(jar.sha256) == 64 for jar in jars)


def test_a_lock_that_is_written_is_read(tmp_path: Path) -> None:
    write_lock(tmp_path / "lock", [JAR])
    assert read_lock(tmp_path / "lock") == [JAR]


def test_a_jar_is_missing_until_it_is_there_to_the_last_bit(tmp_path: Path) -> None:
    assert missing([JAR], tmp_path) == [JAR]
    path = tmp_path / JAR.filename
    path.write_bytes(b"Classes")
    assert missing([JAR], tmp_path) == [JAR]
    path.write_bytes(CONTENT)
    assert missing([JAR], tmp_path) == []
    assert class_path([JAR], tmp_path) == str(path)


def test_a_download_that_breaks_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(Failure, match=r"could not be downloaded .* \(the server cannot be reached\)") as broken:
        provide(tmp_path)
    assert "\n" not in str(broken.value)
    assert list((tmp_path / "kafka").iterdir()) == []


def test_the_cache_can_be_put_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("RIHLA_CACHE", raising=False)
    assert cache_folder() == tmp_path / "xdg" / "rihla"
    monkeypatch.setenv("RIHLA_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
