import pytest

from deploy.local import java


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('java version "1.8.0_452"', 8),
        ("no such thing", None),
    ],
)
def test_the_version_is_read(text: str, number: int | None) -> None:
    assert java.parse_version(text) == number


def test_a_runtime_is_found_that_kafka_can_use() -> None:
    assert (java.version(java.find()) or 0) >= java.OLDEST
